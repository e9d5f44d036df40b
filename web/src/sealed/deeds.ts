// What a person does to the account's log: each deed is signed here, and no relay can do it for them.
import { call, del, get, Problem } from '../core/api';
import { isIn, standing } from '../core/sealed';
import { fromB64, random, same } from './bytes';
import { caughtUp, type Deed, Forged, type Known, type LogReply, type Member } from './log';
import { noble } from './noble';
import { type Joining, printed, readPrinted, recoverySecrets } from './pairing';
import { NoPasskey, secretOf } from './passkey';
import { type AgentKey, adopt, append, boxPair, chain, genesis, hold, known, leave, look, lookAtAgents, newKeys, ownKeys, popOf, self, signPair, wrapsOf } from './self';
import * as vault from './vault';

export async function approve({ agent_id, agent_name, box }: Pick<AgentKey, 'agent_id' | 'agent_name' | 'box'>): Promise<void> {
  await append(() => [{ type: 'agent', agent_id, name: agent_name, box }]);
  await lookAtAgents();
}

export async function withdraw(box: string): Promise<void> {
  await append(() => [{ type: 'agent_revoke', box }]);
  await lookAtAgents();
}

/** Take a device out of the log: it knows the inbox key, so the others get a new one in the same breath. */
export async function revoke(sign: string): Promise<void> {
  const inbox = boxPair();
  const { box } = ownKeys();
  await append(
    () => [{ type: 'revoke', sign }, { type: 'inbox', box: inbox.public }],
    (then) => wrapsOf(inbox, Object.values(then.devices).map((device) => device.box), box),
  );
  await hold(inbox);
}

/** Revoke a device for good: first in the log, so that nothing more is sealed for it, then its session at the relay. */
export async function remove(sign: string): Promise<void> {
  const member = known.value?.devices[sign];
  if (!member) return;
  const mine = sign === ownKeys().sign.public;
  await revoke(sign);
  if (mine) await leave();
  if (member.device_id) await removeSession(member.device_id);
}

/** Revoke a device of the relay's list, which may be one of the log too. */
export async function removeDevice(device_id: string): Promise<void> {
  const members = isIn() ? Object.values(known.value?.devices ?? {}) : [];
  const member = members.find((device) => device.device_id === device_id);
  const last = members.filter(({ kind }) => kind === 'device').length === 1;
  if (member && !last) await remove(member.sign);
  else await removeSession(device_id);
}

async function removeSession(device_id: string): Promise<void> {
  await del(`/api/v1/mobile/devices/${device_id}`).catch((error) => {
    if (!(error instanceof Problem) || error.status !== 404) throw error; // gone with its entry
  });
}

/** Give up this browser's keys, and see where that leaves it. */
export async function forsake(): Promise<void> {
  await leave();
  await look();
}

/** The entries and wraps by which this device lets another in. */
export async function admission(device_id: string, { name, sign, box, pop }: Omit<Joining, 'nonce' | 'kind'>, kind: Member['kind'] = 'device') {
  await look();
  const { sign: mine, box: from, inboxes } = ownKeys();
  const { entries } = await chain(known.value, [{ type: 'add', kind, device_id, name, sign, box, pop }], mine);
  const wraps = inboxes[0] ? await wrapsOf(inboxes[0], [box], from) : [];
  return { entries, wraps };
}

/** Make a recovery key, put it in the log, and return what is to be printed. It is shown once and kept nowhere. */
export async function makeRecovery(name: string): Promise<string> {
  const secret = random(16);
  const { sign, box } = ofRecovery(secret);
  const joining = { name, sign: sign.public, box: box.public, pop: await popOf({ sign, box }) };
  const body = await admission('', joining, 'recovery');
  await call('POST', '/api/v1/mobile/device-log', { body });
  await look();
  return printed(secret, (known.value as Known).root);
}

function ofRecovery(secret: Uint8Array) {
  const secrets = recoverySecrets(secret);
  return { sign: signPair(secrets.sign), box: boxPair(secrets.box) };
}

export class WrongKey extends Error {}

/** Let this browser in with a printed key. Its root part says which log is the account's own. */
export async function recover(typed: string, name: string): Promise<void> {
  const read = readPrinted(typed);
  if (!read) throw new WrongKey('typed');
  const reply = await get<LogReply>('/api/v1/device-log');
  const now = await caughtUp(noble, null, reply);
  const { sign, box } = ofRecovery(read.secret);
  if (!now || !same(rootPart(now.root), read.root)) throw new Forged('it is not the list this key was printed for');
  if (now.devices[sign.public]?.box !== box.public) throw new WrongKey('revoked');
  const fresh = newKeys();
  const inbox = boxPair();
  const add: Deed = { type: 'add', kind: 'device', device_id: self().device, name, sign: fresh.sign.public, box: fresh.box.public, pop: await popOf(fresh) };
  const { entries, now: then } = await chain(now, [add, { type: 'inbox', box: inbox.public }], sign);
  const wraps = await wrapsOf(inbox, Object.values(then.devices).map((device) => device.box), box);
  await call('POST', '/api/v1/mobile/device-log', { body: { entries, wraps } });
  await adopt(self().account, self().device, { ...fresh, inboxes: [inbox] }, then);
  await look();
}

const rootPart = (root: string) => fromB64(root, 32).subarray(0, 12);

/** All devices are lost: begin another log. Agents refuse it until their humans have compared the number again. */
export async function startAnew(): Promise<void> {
  const { head } = await get<LogReply>('/api/v1/device-log');
  await leave();
  standing.value = await genesis(true, head || undefined);
}

/** Lock this browser's keys with a passkey; false when the passkey cannot. */
export async function lock(): Promise<boolean> {
  try {
    await vault.relock(await secretOf(null));
    await look();
    return true;
  } catch (error) {
    if (error instanceof NoPasskey) return false;
    throw error;
  }
}

export async function unlock(): Promise<boolean> {
  const found = await vault.find(self().account);
  if (found.is !== 'locked') return true;
  try {
    await vault.unlock((await secretOf(found.credential)).secret);
    await look();
    return true;
  } catch {
    return false;
  }
}

export async function openForever(): Promise<void> {
  await vault.relock(null);
  await look();
}

export async function lockNow(): Promise<void> {
  vault.lockNow();
  await look();
}

