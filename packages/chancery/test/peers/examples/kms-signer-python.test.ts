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

const folder = join(examples, 'python')
const program = join(folder, 'kms_signer.py')
const isHere = isInstalled('python3', 'python3')
let scene: Scene

beforeAll(async () => {
  scene = await openScene()
})
afterAll(() => scene.end())
beforeEach(({ skip }) => {
  if (!isHere) skip('python3 is not installed')
})

/** Python's isolated mode: the standard library and the example, whatever else this machine has. */
const kmsSigner = (...args: readonly string[]) => scene.run('python3', ['-I', program, ...args])

/** Statements with a `signer`, run beside the example. */
const script = (text: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
  const start = `import sys\nfrom kms_signer import *\nsigner = KMSSigner('${alias}', region_name='eu-central-2')\n`
  return scene.run('python3', ['-c', start + text, ...args], {
    PYTHONPATH: folder,
    PYTHONDONTWRITEBYTECODE: '1',
    ...env,
  })
}

test('the address is the one of the key', async () => {
  expect(await kmsSigner(alias)).toEqual({ status: 0, lines: [local.addr.toString()], trouble: '' })
})

describe('the same bytes as algosdk with the key itself', () => {
  test('one transaction', async () => {
    const { lines } = await script(`print(signer.sign_transaction(sys.argv[1]))`, [unsigned(payment(5))])
    expect(lines).toEqual([signed(payment(5))])
  })

  test.each([
    ['a batch', payments(16)],
    ['a group', assignGroupID(payments(16))],
  ])('%s, in its order', async (_, transactions) => {
    const { lines } = await kmsSigner(alias, ...transactions.map(unsigned))
    expect(lines).toEqual([local.addr.toString(), ...transactions.map(signed)])
  })

  test('its own transactions of a group', async () => {
    const group = assignGroupID([payment(1, { sender: user.addr }), payment(2), payment(3)])
    const { lines } = await script(`print(*signer.sign_transactions(sys.argv[1:], {1}))`, group.map(unsigned))
    expect(lines).toEqual([['None', ...group.slice(1, 2).map(signed), 'None'].join(' ')])
  })

  test("py-algosdk's objects, which come back as its objects", async () => {
    // The two functions of py-algosdk's `encoding` that the example calls, with the same shapes, on bytes made elsewhere.
    const encoding = [
      'def msgpack_encode(txn): return txn.encoded',
      `def msgpack_decode(text): return ('decoded', text)`,
    ]
    await writeFile(join(scene.folder, 'algosdk.py'), 'import algosdk_encoding as encoding\n')
    await writeFile(join(scene.folder, 'algosdk_encoding.py'), encoding.join('\n'))
    const given = `class Txn: encoded = sys.argv[1]\nprint(*signer.sign_transaction(Txn()))`
    const path = { PYTHONPATH: `${folder}:${scene.folder}` }
    const { lines } = await script(given, [unsigned(payment(5))], path)
    expect(lines).toEqual([`decoded ${signed(payment(5))}`])
  })
})

describe('what is not done says why', () => {
  const tried = (call: string, ...args: readonly string[]) =>
    script(`try: ${call}\nexcept ChanceryError as error: print(error.code, error.status, error.hint is not None)`, args)

  test('another network', async () => {
    const elsewhere = payment(5, { genesisHash: new Uint8Array(32).fill(1) })
    expect((await tried('signer.sign_transaction(sys.argv[1])', unsigned(elsewhere))).lines).toEqual([
      'wrong-network 422 True',
    ])
    expect(await kmsSigner(alias, unsigned(elsewhere))).toMatchObject({
      status: 1,
      trouble: expect.stringMatching(
        /^kms_signer: wrong-network: The transaction belongs to another network \(transactions\[0\]\.txn\.genesisHash: got /,
      ),
    })
  })

  test('what the rules do not allow, with the checks that failed', async () => {
    const { status, trouble } = await kmsSigner(alias, unsigned(payment(1001)))
    expect(status).toBe(1)
    expect(trouble).toContain(`(maximum ${testnet}/slip44:283)`)
  })

  test('a key that is not there', async () => {
    expect((await kmsSigner('nobody')).trouble).toMatch(/^kms_signer: key-not-found: /)
  })

  test('no API key, a wrong one, and no service', async () => {
    const without = (env: Readonly<Record<string, string>>) => scene.run('python3', ['-I', program, alias], env)
    expect((await without({ CHANCERY_API_KEY: 'wrong' })).trouble).toMatch(/^kms_signer: unauthenticated: /)
    expect((await without({ CHANCERY_URL: 'http://127.0.0.1:1' })).trouble).toMatch(/^kms_signer: unreachable: /)
  })

  test.each([...badAnswers, ['one too many', [signed(payment(5)), signed(payment(5))]] as const])(
    'an answer with %s',
    async (_, transactions) => {
      const url = await answering({ result: { transactions } }, onTestFinished)
      const call = `signer._url = sys.argv[1]; signer.sign_transaction(sys.argv[2])`
      expect((await tried(call, url, unsigned(payment(5)))).lines).toEqual(['unreadable 0 False'])
    },
  )

  test('a redirect, which is not followed', async () => {
    const url = await answering({}, onTestFinished, `${scene.service.url}/upcheck`)
    const call = `signer._url = sys.argv[1]; signer.sign_transaction(sys.argv[2])`
    expect((await tried(call, url, unsigned(payment(5)))).lines).toEqual(['unreadable 302 False'])
  })
})
