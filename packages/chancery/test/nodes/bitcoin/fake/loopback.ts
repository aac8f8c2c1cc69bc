/** A server on loopback whose answers go wrong on demand. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Asked {
  /** The method of JSON-RPC, or the path of REST. */
  readonly name: string
  readonly path: string
  readonly body: string
  readonly authorization?: string
}

export interface Answer {
  readonly status?: number
  readonly body: string
}

export interface Fault {
  /** What the name begins with; empty for all. */
  readonly name: string
  /** How often it strikes; for ever unless given. */
  times?: number
  /** Instead of an answer: closes the connection, before or after acting on the question; or never says a word. */
  readonly drop?: 'before' | 'after' | 'never'
  /** Answers only then. */
  readonly until?: Promise<void>
  /** Only where the question has this in it. */
  readonly when?: string
  readonly status?: number
  readonly body?: string
}

export interface Loopback {
  readonly url: URL
  readonly asked: Asked[]
  readonly faults: Fault[]
}

/** Closed when the test is finished. */
export async function serve(
  nameOf: (path: string, body: string) => string,
  answer: (asked: Asked) => Answer,
): Promise<Loopback> {
  const asked: Asked[] = []
  const faults: Fault[] = []
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const path = request.url ?? ''
      const { authorization } = request.headers
      const one = { name: nameOf(path, body), path, body, ...(authorization !== undefined && { authorization }) }
      asked.push(one)
      void reply(one, strike(faults, one), answer, response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), asked, faults }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

function strike(faults: Fault[], { name, body }: Asked): Fault | undefined {
  const fault = faults.find((one) => name.startsWith(one.name) && body.includes(one.when ?? ''))
  if (fault?.times !== undefined && --fault.times <= 0) faults.splice(faults.indexOf(fault), 1)
  return fault
}

async function reply(
  asked: Asked,
  fault: Fault | undefined,
  answer: (asked: Asked) => Answer,
  response: ServerResponse,
): Promise<void> {
  if (fault?.drop === 'never') return
  await fault?.until
  if (fault?.drop === 'before') return void response.destroy()
  const { status = 200, body } = answer(asked)
  if (fault?.drop === 'after') return void response.destroy()
  response.writeHead(fault?.status ?? status).end(fault?.body ?? body)
}
