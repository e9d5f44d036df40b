import { describe, expect, test } from 'vitest';
import { parse } from '../../src/core/wire';
import { fromB64, fromB64Url, toB64, toB64Url, utf8 } from '../../src/sealed/bytes';
import { canon } from '../../src/sealed/canon';
import { boxPublic, noble, safetyNumber, signPublic, toBoxKey } from '../../src/sealed/noble';
import { pad, unpad } from '../../src/sealed/padding';
import { commitTo, digitsOf, isMac, type Joining, linkOf, macOf, printed, readLink, readPrinted } from '../../src/sealed/pairing';
import { subtle } from '../../src/sealed/subtle';
import { box, unbox } from '../../src/sealed/suite';

describe('canonical JSON', () => {
  test('has one text for one value', () => {
    const value = { b: [1, true, null, 'é\n\u2028"'], a: { '\ud83d\ude00': 1.5, ﬀ: -0 }, n: 1e21, m: 0.000001 };
    expect(canon(value)).toBe('{"a":{"😀":1.5,"ﬀ":0},"b":[1,true,null,"é\\n\u2028\\""],"m":0.000001,"n":1e+21}');
  });
  test('keeps all digits of a whole number', () => {
    // Where JSON.parse tells the source of a number (not in every Node), the app reads it as a BigInt.
    expect(canon({ n: 9007199254740993n })).toBe('{"n":9007199254740993}');
    expect(canon(parse('{"n":12}'))).toBe('{"n":12}');
  });
  test.each([undefined, Number.NaN, Number.POSITIVE_INFINITY, '\ud800', { a: undefined }, () => 1])('refuses what is no JSON (%s)', (value) => {
    expect(() => canon(value)).toThrow(TypeError);
  });
});

test('base64 has one text for one value', () => {
  for (const text of ['AA=', 'AA', 'AB==', 'AA==\n', 'A-==', ' AA==']) expect(() => fromB64(text)).toThrow();
  expect(fromB64Url(toB64Url(Uint8Array.of(251, 255, 254)))).toEqual(Uint8Array.of(251, 255, 254));
});

describe('padding', () => {
  test('gives one size to all short messages', () => {
    expect(new Set([...Array(255).keys()].map((length) => pad(new Uint8Array(length)).length))).toEqual(new Set([256]));
  });
  test.each([[255, 256], [256, 512], [4095, 4096], [4096, 4608], [8191, 8192], [8192, 9216]])('takes %i bytes to %i', (length, size) => {
    const message = new Uint8Array(length).fill(7);
    const padded = pad(message);
    expect(padded.length).toBe(size);
    expect([...unpad(padded)]).toEqual([...message]);
  });
  test.each([[], [0, 0], [1, 2], [0x80, 1]])('refuses what was not padded (%j)', (...bytes) => {
    expect(() => unpad(Uint8Array.from(bytes.flat()))).toThrow();
  });
});

describe('both makes of the curves', () => {
  const [mine, theirs] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  test('agree on everything', async () => {
    const message = utf8('hello');
    expect(await subtle.hash(message)).toEqual(await noble.hash(message));
    expect(await subtle.shared(mine, boxPublic(theirs))).toEqual(await noble.shared(mine, boxPublic(theirs)));
    expect(await subtle.sign(mine, message)).toEqual(await noble.sign(mine, message));
    for (const suite of [noble, subtle]) {
      expect(await suite.verify(signPublic(mine), await noble.sign(mine, message), message)).toBe(true);
      expect(await suite.verify(signPublic(theirs), await noble.sign(mine, message), message)).toBe(false);
    }
    expect(await unbox(subtle, theirs, boxPublic(mine), await box(noble, mine, boxPublic(theirs), message))).toEqual(message);
  });
  test('refuse a key that gives every box the same key', async () => {
    for (const suite of [noble, subtle]) await expect(box(suite, mine, new Uint8Array(32), utf8('x'))).rejects.toThrow();
  });
  test('an Ed25519 key becomes the X25519 key of the same agent', () => {
    expect(toB64(toBoxKey(signPublic(mine)))).toHaveLength(44);
  });
});

test('a safety number has twelve groups, and another root or key has another', () => {
  const number = safetyNumber(new Uint8Array(32), new Uint8Array(32).fill(1));
  expect(number).toHaveLength(12);
  expect(number.every((group) => /^\d{5}$/.test(group))).toBe(true);
  expect(safetyNumber(new Uint8Array(32), new Uint8Array(32).fill(2)).slice(0, 6)).toEqual(number.slice(0, 6));
  expect(safetyNumber(new Uint8Array(32).fill(1), new Uint8Array(32).fill(1)).slice(6)).toEqual(number.slice(6));
});

describe('pairing', () => {
  const joining: Joining = { kind: 'phone', name: 'Pixel', sign: 'S', box: 'B', pop: 'P', nonce: 'N' };
  const link = { code: 'ABCD2345', root: toB64(new Uint8Array(32).fill(3)), secret: new Uint8Array(16).fill(4) };

  test('the link comes back from the address it is in', () => {
    const address = linkOf('https://relay.example/app/', link);
    expect(readLink(address.split('#/pair/')[1] ?? '')).toEqual(link);
    for (const cut of ['', 'x', address.slice(-20), toB64Url(utf8('{"c":1}'))]) expect(readLink(cut)).toBeNull();
  });

  test('a MAC is right for exactly what was sent', () => {
    const mac = macOf(link.secret, link.code, joining);
    expect(isMac(mac, link.secret, link.code, joining)).toBe(true);
    for (const over of [{ sign: 'X' }, { box: 'X' }, { name: 'Other' }, { nonce: 'X' }, { kind: 'browser' as const }]) {
      expect(isMac(mac, link.secret, link.code, { ...joining, ...over })).toBe(false);
    }
    expect(isMac(mac, link.secret, 'ABCD2346', joining)).toBe(false);
    expect(isMac(mac, new Uint8Array(16), link.code, joining)).toBe(false);
    for (const wrong of ['', 'x', mac.slice(4)]) expect(isMac(wrong, link.secret, link.code, joining)).toBe(false);
  });

  test('six digits tell other keys, another root and another number apart', () => {
    const digits = (over: Partial<Joining> = {}, na = 'A', root = 'R') => digitsOf(link.code, na, root, { ...joining, ...over });
    expect(digits()).toMatch(/^\d{6}$/);
    expect(new Set([digits(), digits({ sign: 'X' }), digits({ box: 'X' }), digits({ nonce: 'X' }), digits({}, 'B'), digits({}, 'A', 'Q')]).size).toBe(6);
    expect(commitTo(new Uint8Array(16))).toHaveLength(44);
  });

  test('a recovery key is read as it is printed, however it is typed', () => {
    const secret = Uint8Array.from({ length: 16 }, (_, i) => i * 7);
    const text = printed(secret, link.root);
    expect(text).toMatch(/^([0-9A-HJKMNP-TV-Z]{4} ){11}[0-9A-HJKMNP-TV-Z]{4}$/);
    const read = readPrinted(text);
    expect(read?.secret).toEqual(secret);
    expect(read?.root).toEqual(new Uint8Array(12).fill(3));
    expect(readPrinted(text.toLowerCase().replaceAll(' ', '-').replaceAll('0', 'o').replaceAll('1', 'l'))?.secret).toEqual(secret);
    const at = text.indexOf(' ') + 1;
    const wrong = text.slice(0, at) + (text[at] === '7' ? '8' : '7') + text.slice(at + 1);
    for (const bad of [wrong, text.slice(1), '', 'U'.repeat(48)]) expect(readPrinted(bad)).toBeNull();
  });
});
