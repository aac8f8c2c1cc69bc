/** Sign requests, each with a nonce of its own. */

export interface Asked {
  readonly network: string
  readonly recipient: string
}

export function requests({ network, recipient }: Asked): () => string {
  let nonce = 0
  return () =>
    JSON.stringify({
      network,
      transaction: {
        type: 2,
        nonce: nonce++,
        to: recipient,
        value: '5',
        gas: '21000',
        maxFeePerGas: '2000000000',
        maxPriorityFeePerGas: '1000000000',
      },
    })
}
