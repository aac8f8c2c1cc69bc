/** BLS signatures of Ethereum's consensus layer, for applications: to verify and to aggregate. Nothing here signs. */
export {
  aggregatePublicKeys,
  aggregateSignatures,
  aggregateVerify,
  fastAggregateVerify,
  verifySignature,
} from '../curves/bls12-381.ts'
