/** `chancery withdrawals raise-fee | pay-for-parent`: for what no block takes, on chains of coins. */
import { clientFlags, connectAsClient } from '../as-client.ts'
import type { Command } from '../command.ts'
import { dearer, feeFlags } from './amounts.ts'
import { givenKey, keyFlags, keyOfChild, once } from './once.ts'
import { told } from './waiting.ts'

const example = (name: string) => `chancery withdrawals ${name} txn_01jd5w8x6vq3k7r0m2n4p5s6tc --fee-rate 40000`

export const raiseFee: Command = {
  name: 'withdrawals raise-fee',
  about:
    'Pay a higher fee for what is in no block yet: the same is paid, once, by whichever version is mined (BIP-125)',
  takes: ['<id>'],
  flags: { ...feeFlags, ...clientFlags },
  examples: [example('raise-fee'), `${example('raise-fee')} --max-fee 20000`],
  run: async (given, terminal) => {
    const [[id = ''], terms] = [given.words, dearer(given)]
    const { withdrawals } = await connectAsClient(given, terminal)
    return told(given, terminal, await withdrawals.raiseFee(id, terms), undefined)
  },
}

export const payForParent: Command = {
  name: 'withdrawals pay-for-parent',
  about: 'Have a child pay for it: spends what came back to the wallet, at a fee that makes both worth a block (CPFP)',
  takes: ['<id>'],
  flags: { ...feeFlags, ...keyFlags, ...clientFlags },
  examples: [example('pay-for-parent'), `${example('pay-for-parent')} --key child-815`],
  run: async (given, terminal) => {
    const [[id = ''], terms] = [given.words, dearer(given)]
    const named = givenKey(given) ?? keyOfChild(id)
    const { withdrawals } = await connectAsClient(given, terminal)
    const paid = await once(terminal, named, (name) => withdrawals.payForParent(id, terms, name))
    return told(given, terminal, paid, undefined)
  },
}
