// Receipts in the history: checked here, and taken away as a file that anybody can check without the relay.
import { get } from '../core/api';
import type { Card } from '../core/wire';
import { noble } from './noble';
import { readAnswer } from './answer';
import { answerHash, askedOf, holds, type Signed } from './receipt';
import { fromB64 } from './bytes';
import { threadOf } from './desk';
import { canon } from './canon';
import { known, ownKeys } from './self';

export interface Checked {
  is: 'right' | 'wrong' | 'stranger';
  device: string;
  at_s: number;
}

/** Check a receipt: its signature, that it is about this question and this answer, and whose device it was. */
export async function checked(card: Card): Promise<Checked> {
  const { receipt, sig, salt } = card.answer?.receipt as unknown as Signed & { salt?: string };
  const member = known.value?.devices[receipt.device];
  const facts = { device: member?.name ?? card.answer?.device_name ?? '?', at_s: receipt.at };
  const asked = threadOf(card.id)?.asked ?? (card.sealed ? receipt.asked : await askedOf(noble, card));
  let right = (await holds(noble, { receipt, sig })) && receipt.request === card.id && receipt.asked === asked;
  if (right && salt && card.answer && !card.sealed) {
    const { comment, value } = card.answer;
    right = (await answerHash(noble, fromB64(salt), { comment, value })) === receipt.answer;
  }
  return { is: !right ? 'wrong' : member || !known.value ? 'right' : 'stranger', ...facts };
}

/** Fetch the proof, add what only a device knows of a sealed one, and hand it over as a file. */
export async function download(card: Card): Promise<void> {
  const proof = await get<Record<string, unknown>>(`/api/v1/requests/${encodeURIComponent(card.id)}/proof`);
  const text = `${canon({ ...proof, ...(await ownPart(card)) })}\n`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = `proof-${card.id}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The answer and salt of a sealed question, if it was sealed here. */
async function ownPart(card: Card): Promise<object> {
  const [thread, payload] = [threadOf(card.id), card.answer?.sealed];
  if (!thread || !payload?.startsWith('{')) return {};
  const said = await readAnswer(noble, payload, thread, ownKeys().box, card.sealed?.reply ?? 'text');
  return said?.salt ? { answer: { comment: said.comment, value: said.value }, salt: said.salt } : {};
}
