/** AlgoKit finds the signer of an account by its address. It has a folder and lockfile of its own, with its own algosdk. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { decodeSignedTransaction, encodeAddress, generateAccount } from 'algosdk'
import { beforeEach, expect, test } from 'vitest'
import { algorandSigner, type AlgorandSigner } from '../../../src/index.ts'
import { local, signingService, testnet } from '../../algorand-service.ts'

interface Composer {
  addPayment(payment: { readonly sender: string; readonly receiver: string; readonly amount: unknown }): Composer
  build(): Promise<{ readonly atc: { gatherSignatures(): Promise<readonly Uint8Array[]> } }>
}

interface AlgoKit {
  readonly AlgorandClient: {
    testNet(): {
      setSuggestedParamsCache(parameters: object, until: Date): unknown
      setSigner(sender: string, signer: AlgorandSigner['signer']): unknown
      newGroup(): Composer
    }
  }
  algo(amount: number): unknown
}

const install = ['ci', '--no-audit', '--no-fund', '--prefer-offline']
const { status, stderr } = spawnSync('npm', install, { cwd: import.meta.dirname, encoding: 'utf8', timeout: 240_000 })
if (status !== 0) console.error(`WARNING: AlgoKit is not tried, because npm ci failed: ${stderr.slice(-300)}`)

beforeEach(({ skip }) => {
  if (status !== 0) skip('AlgoKit could not be installed')
})

const parameters = {
  fee: 0n,
  minFee: 1000n,
  firstValid: 1000n,
  lastValid: 2000n,
  genesisID: 'testnet-v1.0',
  genesisHash: Buffer.from('SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=', 'base64'),
}

/** A client whose node is never asked. */
async function open() {
  const { algo, AlgorandClient } = createRequire(import.meta.url)('@algorandfoundation/algokit-utils') as AlgoKit
  const { client, requests } = signingService()
  const { address, signer } = await algorandSigner(client, { key: 'sponsor', network: testnet })
  const algorand = AlgorandClient.testNet()
  algorand.setSuggestedParamsCache(parameters, new Date(Date.now() + 600_000))
  algorand.setSigner(address, signer)
  return { algo, algorand, address, requests }
}

test.each([1, 3])('a group of %i is signed by the account it was set for', async (count) => {
  const { algo, algorand, address, requests } = await open()
  const receiver = encodeAddress(generateAccount().addr.publicKey)
  const composer = algorand.newGroup()
  for (let i = 0; i < count; i++) composer.addPayment({ sender: address, receiver, amount: algo(i) })
  const signed = await (await composer.build()).atc.gatherSignatures()
  expect(signed).toHaveLength(count)
  expect(signed).toEqual(signed.map((one) => decodeSignedTransaction(one).txn.signTxn(local.sk)))
  expect(signed.map((one) => decodeSignedTransaction(one).txn.payment?.amount)).toEqual(
    Array.from({ length: count }, (_, i) => BigInt(i) * 1_000_000n),
  )
  expect(requests).toHaveLength(1)
})
