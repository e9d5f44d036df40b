// Chromium tells once that the app can be installed, and lets it be asked for later.
import { signal } from '@preact/signals';

interface InstallPrompt extends Event {
  prompt: () => Promise<void>;
}

export const install = signal<InstallPrompt | null>(null);

export function watchInstall(): void {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    install.value = event as InstallPrompt;
  });
}
