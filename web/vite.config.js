// Two builds: the app, and the service worker as one classic script at a fixed name that knows what to keep.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build, defineConfig } from 'vite';

const walk = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });

// Licences and the stamp of the build are not needed offline.
const KEPT_OUT = /^(sw\.js|build\.json|.*\.md|.*\.map)$/;

function serviceWorker() {
  let config;
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    async closeBundle() {
      const folder = resolve(config.root, config.build.outDir);
      const files = walk(folder).map((path) => relative(folder, path)).filter((name) => !KEPT_OUT.test(name)).sort();
      const version = createHash('sha256');
      for (const name of files) version.update(name).update(readFileSync(join(folder, name)));
      await build({
        configFile: false,
        root: config.root,
        base: config.base,
        logLevel: 'warn',
        publicDir: false,
        define: { __FILES__: JSON.stringify(files), __VERSION__: JSON.stringify(version.digest('hex').slice(0, 12)) },
        build: {
          outDir: folder,
          emptyOutDir: false,
          target: config.build.target,
          rollupOptions: { input: join(config.root, 'src/worker/sw.ts'), output: { format: 'iife', entryFileNames: 'sw.js' } },
        },
      });
    },
  };
}

export default defineConfig({
  base: '/app/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: '../mobile_api/webapp',
    emptyOutDir: true,
    license: { fileName: 'THIRD-PARTY.md' },
    modulePreload: { polyfill: false },
    // A small picture inside the style sheet would need `data:` for every image.
    assetsInlineLimit: 0,
  },
  plugins: [serviceWorker()],
  // The examples of sealed requests are those of the other implementations, outside of here.
  server: { proxy: { '/api': { target: 'http://localhost:8000', ws: true } }, fs: { allow: ['.', '../tests/vectors'] } },
  test: { environment: 'happy-dom', include: ['test/**/*.test.{ts,tsx}'], setupFiles: ['test/setup.ts'] },
});
