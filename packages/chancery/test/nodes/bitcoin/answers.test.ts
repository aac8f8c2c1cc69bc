/** What nodes list and estimate, held against what can be. */
import { describe, expect, test, vi } from 'vitest'
import { createBitcoinNode } from '../../../src/nodes/bitcoin/node.ts'
import { soon } from '../../contract/coin-node.ts'
import { createChain, scriptOf } from './fake/chain.ts'
import { startEsplora } from './fake/esplora-server.ts'
import { startRpc } from './fake/rpc-server.ts'
import { networkOf, nodeAt, result, scene } from './fixture.ts'

describe('coins', () => {
  const coin = { txid: '1'.repeat(64), vout: 0, address: 'somebody', height: 1 }

  test.each([
    ['a short txid', { txid: '11' }],
    ['a txid as a number', { txid: 7 }],
    ['no index', { vout: undefined }],
    ['an index of a fraction', { vout: 0.5 }],
    ['an index that no output has', { vout: 2 ** 40 }],
    ['a height that is none', { height: -1 }],
  ])('with %s are not believed', async (_, wrong) => {
    const { server, node } = await scene('JSON-RPC')
    await node.check(soon())
    const unspents = [{ ...coin, scriptPubKey: scriptOf('somebody'), ...wrong }]
    server.faults.push({ name: 'scantxoutset', body: result('JSON-RPC', { height: 5, unspents }) })
    await expect(node.coins(['somebody'], soon())).rejects.toMatchObject({ code: 'node-refused' })
  })

  test('of others are left out, whatever a node lists', async () => {
    const { server, node } = await scene('JSON-RPC')
    await node.check(soon())
    const unspents = [{ ...coin, scriptPubKey: scriptOf('a stranger') }]
    server.faults.push({ name: 'scantxoutset', body: result('JSON-RPC', { height: 5, unspents }) })
    await expect(node.coins(['somebody'], soon())).resolves.toEqual([])
  })

  test('asked for during one look are looked for together in the next', async () => {
    const { chain, server, node } = await scene('JSON-RPC')
    const addresses = Array.from({ length: 20 }, (_, i) => `somebody ${i}`)
    for (const address of addresses) chain.pay(address, 100n)
    chain.mine(1)
    await node.check(soon())
    const held = Promise.withResolvers<void>()
    server.faults.push({ name: 'scantxoutset', when: '"start"', until: held.promise, times: 1 })
    const first = node.coins(['nobody'], soon())
    await vi.waitUntil(() => server.asked.some(({ body }) => body.includes('"start"')), { timeout: 15_000 })
    const found = addresses.map((address) => node.coins([address], soon()))
    await vi.waitUntil(() => server.asked.filter(({ name }) => name === 'validateaddress').length === 21, {
      timeout: 15_000,
    })
    held.resolve()
    await expect(first).resolves.toEqual([])
    expect((await Promise.all(found)).map(([one]) => one?.address)).toEqual(addresses)
    expect(server.asked.filter(({ body }) => body.includes('"start"')).length).toBeLessThan(10)
  })

  test('that take longer to look for than the request waits are there when it is made again', async () => {
    const { chain, server, node } = await scene('JSON-RPC')
    const txid = chain.pay('somebody', 100n)
    chain.mine(1)
    await node.check(soon())
    const held = Promise.withResolvers<void>()
    server.faults.push({ name: 'scantxoutset', when: '"start"', until: held.promise, times: 1 })
    const late = { code: 'node-refused', particulars: { got: expect.stringContaining('still looking') } }
    await expect(node.coins(['somebody', 'else'], soon(1_000))).rejects.toMatchObject(late)
    await expect(node.coins(['somebody'], soon(1_000))).rejects.toMatchObject(late)
    const third = node.coins(['somebody'], soon())
    held.resolve()
    await expect(third).resolves.toMatchObject([{ txid }])
    await expect(node.coins(['else'], soon())).resolves.toEqual([])
    const scans = () => server.asked.filter(({ body }) => body.includes('"start"')).length
    expect(scans()).toBe(1)
    await expect(node.coins(['somebody'], soon())).resolves.toMatchObject([{ txid }])
    expect(scans()).toBe(2)
  })

  test('are not looked for where the line of the node is full', async () => {
    const { server, node } = await scene('JSON-RPC')
    await node.check(soon())
    server.faults.push({ name: 'scantxoutset', status: 500, body: 'Work queue depth exceeded\r\n' })
    await expect(node.coins(['somebody'], soon())).rejects.toMatchObject({ code: 'node-refused' })
  })

  test('are asked of a wallet only when it looked through all its blocks', async () => {
    const chain = createChain()
    const server = await startRpc({ chain, wallet: 'descriptors' })
    const node = nodeAt('JSON-RPC', chain, [new URL('wallet/watch', server.url)])
    const scanning = { scanning: { duration: 5, progress: 0.5 }, descriptors: true }
    server.faults.push({ name: 'getwalletinfo', body: result('JSON-RPC', scanning), times: 1 })
    await expect(node.coins(['somebody'], soon())).rejects.toMatchObject({
      code: 'node-refused',
      particulars: { got: expect.stringContaining('still looking through blocks') },
    })
    await expect(node.coins(['somebody'], soon())).resolves.toEqual([])
  })

  test('of an address that the wallet does not take are not none', async () => {
    const chain = createChain()
    const server = await startRpc({ chain, wallet: 'legacy' })
    const node = nodeAt('JSON-RPC', chain, [new URL('wallet/watch', server.url)])
    const refused = [{ success: false, error: { code: -4, message: 'Cannot import' } }]
    server.faults.push({ name: 'importmulti', body: result('JSON-RPC', refused) })
    await expect(node.coins(['somebody'], soon())).rejects.toMatchObject({
      code: 'node-refused',
      particulars: { got: 'Cannot import' },
    })
  })

  test('are imported once, and looked for from the day they can be from', async () => {
    const chain = createChain()
    const server = await startRpc({ chain, wallet: 'legacy' })
    const urls = [new URL('wallet/watch', server.url)]
    const node = createBitcoinNode({ network: networkOf(chain), urls, since: 1_700_000_000 })
    for (let i = 0; i < 3; i++) await node.coins(['a', 'b'], soon())
    const imports = server.asked.filter(({ name }) => name === 'importmulti')
    expect(imports).toHaveLength(1)
    expect(imports[0]?.body.match(/"timestamp":1700000000/g)).toHaveLength(2)
  })
})

describe('a history by Esplora', () => {
  const txid = '1'.repeat(64)
  const other = { scriptpubkey_address: 'else' }

  test.each([
    [
      'of a transaction that neither pays the address nor spends of it',
      { vin: [{ txid, prevout: other }], vout: [other] },
    ],
    ['that does not say what is spent', { vin: [{ txid, prevout: null }], vout: [other] }],
    ['without inputs', { vout: [{ scriptpubkey_address: 'somebody' }] }],
    ['without outputs', { vin: [] }],
    ['of a payment without a name', { txid: '11', vin: [], vout: [{ scriptpubkey_address: 'somebody' }] }],
  ])('%s is not believed', async (_, wrong) => {
    const { server, node } = await scene('Esplora')
    await node.check(soon())
    server.faults.push({ name: '/address/', body: JSON.stringify([{ txid, status: { confirmed: false }, ...wrong }]) })
    await expect(node.received(['somebody'], soon())).rejects.toMatchObject({ code: 'node-refused' })
  })
})

describe('a fee rate', () => {
  test.each([
    ['0.00012345', 12_345n],
    ['0.00001', 1_000n],
    ['1e-05', 1_000n],
    ['1.0E-5', 1_000n],
    ['0.000010001', 1_001n],
    ['0.00000000000000000000000001', 1n],
    ['0.1', 10_000_000n],
    ['123', 12_300_000_000n],
    ['0', undefined],
    ['-1', undefined],
  ])('of %s coins is exactly %s', async (feerate, rate) => {
    const chain = createChain()
    const { url } = await startRpc({ chain, feerate })
    await expect(nodeAt('JSON-RPC', chain, [url]).feeRate(2, soon())).resolves.toBe(rate)
  })

  test.each(['1001', '1e99', '99999999999999999999'])('of %s coins is not believed', async (feerate) => {
    const chain = createChain()
    const { url } = await startRpc({ chain, feerate })
    await expect(nodeAt('JSON-RPC', chain, [url]).feeRate(2, soon())).rejects.toMatchObject({ code: 'node-refused' })
  })

  test.each([
    [1, 87_883n],
    [2, 87_883n],
    [6, 50_000n],
    [7, 50_000n],
    [5_000, 1_002n],
    [0, 87_883n],
  ])('by Esplora for %s blocks is that of the farthest target which is soon enough', async (blocks, rate) => {
    const chain = createChain()
    const { url } = await startEsplora({ chain, fees: '{"1":87.8825,"6":50,"1008":1.0019999999999998,"x":1}' })
    await expect(nodeAt('Esplora', chain, [url]).feeRate(blocks, soon())).resolves.toBe(rate)
  })

  test('that Esplora does not tell is asked of nobody else, and is not known', async () => {
    const chain = createChain()
    const { url } = await startEsplora({ chain, fees: '{"144":3}' })
    await expect(nodeAt('Esplora', chain, [url]).feeRate(2, soon())).resolves.toBeUndefined()
  })
})
