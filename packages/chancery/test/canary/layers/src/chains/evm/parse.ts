import { assemble } from './assemble.ts'
import { address } from '../bitcoin/address.ts' // bad: plug-ins never import each other
import { keccak256 } from 'ox/Hash'
import { KMSClient } from '@aws-sdk/client-kms' // bad: a chain has never heard of AWS

export { assemble, address, keccak256, KMSClient }
