import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assignGroupID } from 'algosdk'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  alias,
  answering,
  badAnswers,
  examples,
  isInstalled,
  local,
  openScene,
  payment,
  payments,
  type Scene,
  signed,
  testnet,
  unsigned,
  user,
} from './service.ts'

const isHere = isInstalled('javac', 'default-jdk')
let scene: Scene
let classes: string

/** What users write: the program itself takes whole groups only, and speaks to one service. */
const using = `
import java.util.*;

class Using {
    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "json" -> System.out.println(new TreeMap<>(Json.values(arguments[1])));
            case "second" -> second(Arrays.stream(arguments).skip(1).map(Base64.getDecoder()::decode).toList());
            case "elsewhere" -> elsewhere(arguments[1], Base64.getDecoder().decode(arguments[2]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void second(List<byte[]> group) throws Exception {
        for (var signed : new KmsSigner("${alias}").signTransactions(group, 1)) {
            System.out.println(signed == null ? "null" : Base64.getEncoder().encodeToString(signed));
        }
    }

    private static void elsewhere(String url, byte[] unsigned) throws Exception {
        try {
            new KmsSigner("${alias}", url, "key", "${testnet}").signTransaction(unsigned);
        } catch (KmsSigner.ChanceryException error) {
            System.out.println(error.code);
        }
    }
}
`

beforeAll(async () => {
  scene = await openScene()
  if (!isHere) return
  classes = join(scene.folder, 'classes')
  const source = join(scene.folder, 'Using.java')
  await writeFile(source, using)
  const sources = ['KmsSigner.java', 'Json.java'].map((file) => join(examples, 'java', file))
  const compiled = await scene.run('javac', [
    '-Xlint:all',
    '-Werror',
    '--release',
    '17',
    '-d',
    classes,
    ...sources,
    source,
  ])
  if (compiled.status !== 0) throw new Error(compiled.trouble)
})
afterAll(() => scene.end())
beforeEach(({ skip }) => {
  if (!isHere) skip('a JDK is not installed')
})

const java = (main: string, args: readonly string[], env?: Readonly<Record<string, string>>) =>
  scene.run('java', ['-XX:TieredStopAtLevel=1', '-cp', classes, main, ...args], env)
const kmsSigner = (...args: readonly string[]) => java('KmsSigner', args)

test('the address is the one of the key', async () => {
  expect(await kmsSigner(alias)).toEqual({ status: 0, lines: [local.addr.toString()], trouble: '' })
})

describe('the same bytes as algosdk with the key itself', () => {
  test.each([
    ['one transaction', [payment(5)]],
    ['a batch', payments(16)],
    ['a group', assignGroupID(payments(16))],
  ])('%s, in its order', async (_, transactions) => {
    const { lines } = await kmsSigner(alias, ...transactions.map(unsigned))
    expect(lines).toEqual([local.addr.toString(), ...transactions.map(signed)])
  })

  test('its own transactions of a group', async () => {
    const group = assignGroupID([payment(1, { sender: user.addr }), payment(2), payment(3)])
    const { lines } = await java('Using', ['second', ...group.map(unsigned)])
    expect(lines).toEqual(['null', ...group.slice(1, 2).map(signed), 'null'])
  })
})

describe('what is not done says why', () => {
  const elsewhere = payment(5, { genesisHash: new Uint8Array(32).fill(1) })

  test.each([
    [
      'another network',
      [unsigned(elsewhere)],
      /^KmsSigner: wrong-network: .* \(transactions\[0\]\.txn\.genesisHash: got /,
    ],
    ['what the rules do not allow', [unsigned(payment(1001))], /^KmsSigner: denied: .* \(maximum algorand:/],
  ])('%s', async (_, transactions, words) => {
    expect(await kmsSigner(alias, ...transactions)).toMatchObject({ status: 1, trouble: expect.stringMatching(words) })
  })

  test('a key that is not there, a wrong API key, and no service', async () => {
    expect((await kmsSigner('no/body')).trouble).toMatch(/^KmsSigner: key-not-found: /)
    const wrong = await java('KmsSigner', [alias], { CHANCERY_API_KEY: 'wrong' })
    expect(wrong.trouble).toMatch(/^KmsSigner: unauthenticated: /)
    const nowhere = await java('KmsSigner', [alias], { CHANCERY_URL: 'http://127.0.0.1:1' })
    expect(nowhere.trouble).toMatch(/^KmsSigner: unreachable: /)
  })

  test.each(badAnswers)('an answer with %s', async (_, transactions) => {
    const key = { id: 'key_1', family: 'algorand', publicKey: publicKey(), address: local.addr.toString() }
    const url = await answering({ key, result: { transactions } }, onTestFinished)
    expect((await java('Using', ['elsewhere', url, unsigned(payment(5))])).lines).toEqual(['unreadable'])
  })

  test('a redirect, which is not followed', async () => {
    const url = await answering({}, onTestFinished, `${scene.service.url}/upcheck`)
    expect((await java('Using', ['elsewhere', url, unsigned(payment(5))])).lines).toEqual(['unreadable'])
  })
})

const publicKey = () => `0x${Buffer.from(local.addr.publicKey).toString('hex')}`

describe('its reader of JSON', () => {
  test('reads what there is', async () => {
    const text = '{ "a": [1, -0.5e+3, true, null, []], "b\\u00e4\\/\\n": {"c":"\\"\\\\ \\ud83d\\ude00"} } '
    const { lines } = await java('Using', ['json', text])
    expect(lines.join('\n')).toBe(
      '{={, /a=[, /a/0=1, /a/1=-0.5e+3, /a/2=true, /a/3=null, /a/4=[, /bä/\n={, /bä/\n/c="\\ 😀}',
    )
  })

  test.each([
    '',
    '{',
    '[1,]',
    '[,1]',
    '[1 2]',
    '{"a":1,}',
    '{"a"}',
    '{a:1}',
    '{"a":1,"a":1}',
    '01',
    '1 2',
    '"\n"',
    '"\\x"',
    ']',
  ])('refuses %j', async (text) => {
    expect(await java('Using', ['json', text])).toMatchObject({
      status: 1,
      trouble: expect.stringContaining('no JSON'),
    })
  })
})
