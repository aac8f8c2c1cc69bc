#!/usr/bin/env node
// Read by whatever Node the machine has: only syntax that Node 12 understands, and no `node:` prefixes.
import { spawn } from 'child_process'
import fs from 'fs'
import path from 'path'
import { fileURLToPath, pathToFileURL } from 'url'
import { nodeFlags, planLaunch } from './launch-plan.js'

const passedOn = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']

function launch() {
  const plan = planLaunch({
    version: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    directory: path.dirname(fileURLToPath(import.meta.url)),
    read,
  })
  if (plan.kind === 'start') return import(pathToFileURL(plan.entry).href)
  if (plan.kind === 'restart') return restart(plan.node, plan.entry)
  process.stderr.write(`${plan.sentence}\n`)
  process.exitCode = 1
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}

function restart(node, entry) {
  const child = spawn(node, [...nodeFlags, entry, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of passedOn) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`chancery could not start ${node}: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => (signal === null ? process.exit(code) : endBy(signal)))
}

// Whoever started us must see the child's own end, so the same signal ends us too.
function endBy(signal) {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

void launch()
