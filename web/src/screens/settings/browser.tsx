// What concerns this browser alone: looks, installing, what it keeps.
import { signal } from '@preact/signals';
import { t } from '../../core/i18n';
import { prefs, setPrefs, type Theme } from '../../core/prefs';
import { remembers } from '../../core/state';

interface InstallPrompt extends Event {
  prompt: () => Promise<void>;
}

const install = signal<InstallPrompt | null>(null);

/** Chromium tells once that the app can be installed, and lets it be asked for later. */
export function watchInstall(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    install.value = event as InstallPrompt;
  });
}

const THEMES: Theme[] = ['system', 'light', 'dark'];

export function Browser() {
  const isApple = /iPhone|iPad|Macintosh.*Safari/.test(navigator.userAgent) && !/Chrome|CriOS/.test(navigator.userAgent);
  const installed = matchMedia('(display-mode: standalone)').matches;
  return (
    <>
      <fieldset class="card segments">
        <legend>{t('theme.label')}</legend>
        {THEMES.map((theme) => (
          <label key={theme}>
            <input type="radio" name="theme" checked={prefs.value.theme === theme} onChange={() => setPrefs({ theme })} />
            {t(`theme.${theme}`)}
          </label>
        ))}
      </fieldset>
      <section class="card stack" aria-labelledby="install">
        <h2 id="install">{t('install.title')}</h2>
        {installed ? <p>{t('install.is')}</p> : <p>{t(install.value ? 'install.can' : isApple ? 'install.apple' : 'install.menu')}</p>}
        {install.value && !installed && (
          <button type="button" class="main" onClick={() => void install.value?.prompt()}>{t('install.do')}</button>
        )}
      </section>
      <p class={remembers.value ? 'muted' : 'warn'}>{t(remembers.value ? 'storage.kept' : 'storage.refused')}</p>
    </>
  );
}
