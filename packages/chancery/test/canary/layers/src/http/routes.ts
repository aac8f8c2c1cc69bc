import fastify from 'fastify'
import { house } from '../compose.ts' // bad: http sees the built services only
import { test } from '../../test/contract.ts' // bad: outside src

export { fastify, house, test }
