import { countdown, now } from '../core/clock';
import { t } from '../core/i18n';
import { badgeOf } from '../core/sealed';
import type { Card } from '../core/wire';

const SOON_MS = 60_000;

/** The time left, by the server's clock. */
export function Countdown({ card }: { card: Card }) {
  const until = Date.parse(card.expires_at);
  const left = countdown(until, now.value);
  return (
    <time class={`countdown ${until - now.value < SOON_MS ? 'soon' : ''}`} dateTime={card.expires_at} role="timer" aria-label={t('left', { left })}>
      {left}
    </time>
  );
}

const SEAL_TONE = { plain: '', encrypted: 'warn', verified: 'good', shut: 'warn' } as const;

/** How a question came, and no more than is true of it. */
export function Seal({ card }: { card: Card }) {
  const badge = badgeOf(card);
  return <span class={`tag ${SEAL_TONE[badge]}`} data-seal={badge}>{t(`seal.${badge}`)}</span>;
}

/** The agent, with a colour of its own so that one is told from another at a glance. */
export function Agent({ card }: { card: Card }) {
  return (
    <span class="agent">
      <span class="dot" aria-hidden="true" data-hue={hueOf(card.agent.id)} />
      {card.agent.name}
    </span>
  );
}

/** One of eight colours that stay the agent's. The style sheet has them: an inline style would need a looser policy. */
function hueOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 997;
  return sum % 8;
}
