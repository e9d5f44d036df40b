import type { Card, Event } from '../src/core/wire';

export const NOON = Date.parse('2026-03-04T12:00:00.000Z');
export const at = (ms: number) => new Date(NOON + ms).toISOString();

export function aCard(over: Partial<Card> = {}): Card {
  return {
    id: 'r1',
    kind: 'input',
    prompt: 'Deploy to production?',
    context: '',
    form: { type: 'choice', options: ['Deploy', 'Cancel'], multiple: false },
    danger: false,
    action: null,
    priority: 'normal',
    agent: { id: 'a1', name: 'deploy-bot' },
    created_at: at(0),
    expires_at: at(900_000),
    status: 'pending',
    default: null,
    claim: null,
    answer: null,
    settled_at: null,
    ...over,
  };
}

export const anEvent = (seq: number, type: string, over: Partial<Event> = {}): Event => ({ t: 'event', seq, type, at: at(0), ...over });
