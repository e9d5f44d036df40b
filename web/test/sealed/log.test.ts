import { beforeEach, describe, expect, test } from 'vitest';
import { toB64 } from '../../src/sealed/bytes';
import { caughtUp, type Entry, follow, Forged, hashOf } from '../../src/sealed/log';
import { noble } from '../../src/sealed/noble';
import { aDevice, addOf, AGENT, aLog, INBOX, Log } from './people';

const [first, second, stranger] = [aDevice(1), aDevice(2), aDevice(3)];
let log: Log;
beforeEach(async () => {
  log = await aLog(first);
});

const followed = (entries: readonly Entry[]) => follow(noble, null, entries);

describe('a log', () => {
  test('says who may sign, who is believed, and where the inbox is', async () => {
    await log.add(await addOf(second, 'laptop'), first);
    const known = await followed(log.entries);
    expect(Object.values(known?.devices ?? {}).map(({ name }) => name)).toEqual(['phone', 'laptop']);
    expect(known?.agents[AGENT.public]?.name).toBe('deploy-bot');
    expect(known?.inbox).toBe(INBOX.public);
    expect(known?.root).toBe(await hashOf(noble, log.entries[0] as Entry));
  });

  test('forgets what was revoked', async () => {
    await log.add(await addOf(second), first);
    await log.add({ type: 'revoke', sign: first.sign.public }, second);
    await log.add({ type: 'agent_revoke', box: AGENT.public }, second);
    expect(Object.keys(log.now.devices)).toEqual([second.sign.public]);
    expect(log.now.agents).toEqual({});
  });

  test('lets no device sign that is not in it', async () => {
    await expect(log.add(await addOf(stranger), stranger)).rejects.toThrow(Forged);
    await log.add(await addOf(second), first);
    await log.add({ type: 'revoke', sign: second.sign.public }, first);
    await expect(log.add(await addOf(stranger), second)).rejects.toThrow('nobody who may');
  });

  test('keeps one device', async () => {
    await expect(log.add({ type: 'revoke', sign: first.sign.public }, first)).rejects.toThrow('last device');
    await log.add(await addOf(second, 'paper', 'recovery'), first);
    await expect(log.add({ type: 'revoke', sign: first.sign.public }, first)).rejects.toThrow('last device');
  });

  test('takes no device that has not agreed', async () => {
    const add = { ...(await addOf(second)), box: stranger.box.public };
    await expect(log.add(add, first)).rejects.toThrow('did not agree');
  });

  test.each<[string, (entries: Entry[]) => Entry[]]>([
    ['a changed name', (entries) => entries.map((entry) => (entry.type === 'agent' ? { ...entry, name: 'other-bot' } : entry))],
    ['another agent key', (entries) => entries.map((entry) => (entry.type === 'agent' ? { ...entry, box: INBOX.public } : entry))],
    ['a missing entry', ([a, , c]) => [a, c] as Entry[]],
    ['another order', ([a, b, c]) => [a, c, b] as Entry[]],
    ['a signature of another entry', ([a, b, c]) => [a, b, { ...c, sig: b?.sig }] as Entry[]],
    ['a first entry that another signed', ([a, ...rest]) => [{ ...a, by: second.sign.public }, ...rest] as Entry[]],
    ['no first entry', ([, ...rest]) => rest],
    ['no signature at all', ([a, b, c]) => [a, b, { ...c, sig: '' }] as Entry[]],
    ['a time that is none', ([a, b, c]) => [a, b, { ...c, at: 1.5 }] as Entry[]],
  ])('with %s is refused', async (_, change) => {
    await expect(followed(change([...log.entries]))).rejects.toThrow(Forged);
  });
});

describe('a log that is pinned', () => {
  test('takes up what is newer', async () => {
    const before = log.now;
    await log.add(await addOf(second), first);
    expect((await caughtUp(noble, before, log.reply(log.entries.slice(3))))?.hashes).toHaveLength(4);
    expect((await caughtUp(noble, before, log.reply()))?.hashes).toHaveLength(4); // a relay that sends all of it
  });

  test('refuses another root, a rollback, a fork and a head that is not the last entry', async () => {
    const before = log.now;
    const other = await aLog(second);
    await expect(caughtUp(noble, before, other.reply())).rejects.toThrow('another list');
    const shorter = { ...log.reply([]), seq: 1 };
    await expect(caughtUp(noble, before, shorter)).rejects.toThrow('vanished');
    const fork = await new Log().add(await addOf(first), first); // the same beginning
    await fork.add({ type: 'inbox', box: AGENT.public }, first);
    await fork.add({ type: 'inbox', box: INBOX.public }, first);
    await expect(caughtUp(noble, before, fork.reply())).rejects.toThrow(Forged);
    await expect(caughtUp(noble, before, { ...log.reply([]), head: toB64(new Uint8Array(32)) })).rejects.toThrow('does not end');
  });
});
