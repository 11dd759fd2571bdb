#!/usr/bin/env node
// Runs the executable of the platform package with the same arguments, streams and exit code.

const { spawn } = require('node:child_process')
const { constants } = require('node:os')
const { findBinary } = require('../dist/binary.js')

let binary
try {
  binary = findBinary()
} catch (error) {
  console.error(`idouble: ${error.message}`)
  process.exit(1)
}
const child = spawn(binary, process.argv.slice(2), { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal))
}
child.on('error', (error) => {
  console.error(`idouble: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
