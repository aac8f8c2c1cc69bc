/** The thread in which signatures are verified. */
import { parentPort } from 'node:worker_threads'
import { curveOf } from '../../curves/curves.ts'
import type { Answer, Question } from './messages.ts'
import { keysIn, rawsIn, verifyTogether } from './together.ts'

/** Answers that share a message: more would let the first of them wait, fewer would cost the other side. */
const together = 4

parentPort?.on('message', (questions: readonly Question[]) => {
  for (let at = 0; at < questions.length; at += together) {
    parentPort?.postMessage(questions.slice(at, at + together).map(answer))
  }
})

function answer(question: Question): Answer {
  const { id, message } = question
  try {
    if ('raws' in question) return { id, together: verifyTogether(rawsIn(question), message, keysIn(question)) }
    const { raw, publicKey } = question
    return { id, signature: curveOf(publicKey.algorithm).normalise(raw, message, publicKey) }
  } catch (error) {
    if (error instanceof RangeError) return { id, invalid: error.message }
    return { id, failed: error instanceof Error ? error.message : 'The signature could not be verified' }
  }
}
