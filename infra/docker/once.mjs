/**
 * The command for an engine that knows no difference between exit codes: `once.mjs run ...` is `assay run ...`, but where the
 * configuration is wrong (exit code 2, a person must look) it ends with 0, so that `restart: on-failure` does not start the same
 * again for ever. Kubernetes waits longer each time by itself and gets the code as it is.
 */
const WRONG = 2
process.on("exit", () => {
  if (process.exitCode !== WRONG) return
  process.stderr.write("not started again: correct what is said above, then `docker compose up` again\n")
  process.exitCode = 0
})
const { main } = await import("@assay/cli/program")
await main(process.argv.slice(2))
