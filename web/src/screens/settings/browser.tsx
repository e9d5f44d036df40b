// What concerns this browser alone: looks, installing, what it keeps.
import { t } from '../../core/i18n';
import { install } from '../../core/install';
import { prefs, setPrefs, type Theme } from '../../core/prefs';
import { remembers } from '../../core/state';

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
