/** Connections for one piece of work. */
import type { Heard } from '../../core/backend.ts'
import type { Connection } from './connection.ts'

/** Looking for a key may take a hundred pages, and nobody would miss them on record. */
const unheard = /^(?:List|Describe|GetKeyPolicy)/

/** Whose requests somebody wants to know. */
export function heardOn(connection: Connection, heard: Heard | undefined): Connection {
  if (heard === undefined) return connection
  const hearing = <T extends { readonly operation: string }>(target: T) =>
    unheard.test(target.operation) ? target : { ...target, heard }
  return {
    ...connection,
    call: (target, send, deadline) => connection.call(hearing(target), send, deadline),
    parameters: (target, send, deadline) => connection.parameters(hearing(target), send, deadline),
  }
}

/** For making a key: half of the line stays free of it. */
export function makingOn(connection: Connection, heard: Heard | undefined): Connection {
  const { call, parameters } = heardOn(connection, heard)
  return {
    ...connection,
    call: (target, send, deadline) => call({ ...target, making: true }, send, deadline),
    parameters: (target, send, deadline) => parameters({ ...target, making: true }, send, deadline),
  }
}

/** For a look at what may not be there, or not yet. */
export function lookingOn(connection: Connection): Connection {
  const { call, parameters } = connection
  return {
    ...connection,
    call: (target, send, deadline) => call({ ...target, mayBeAbsent: true }, send, deadline),
    parameters: (target, send, deadline) => parameters({ ...target, mayBeAbsent: true }, send, deadline),
  }
}
