/** What goes wrong between us and a chain, on a real EVM. */
import { spawn } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { KEY } from "@assay/testkit/anvil"
import type { Hex } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { expect, test } from "vitest"
import { evidencePath, parseEvmEvidence, verifyEvmEvidence } from "../../src/evm/index.ts"
import { openLog, SIGNER, scratch } from "../plant.ts"
import { type Deployment, faulty, settle, startDeployment } from "./deployment.ts"

const CHILD = fileURLToPath(new URL("anchoring.child.ts", import.meta.url))

const reorganise = (anvil: Deployment["anvil"], depth: number) =>
  anvil.request({ method: "anvil_reorg", params: [depth, []] })

/** Whether the chain has the block that the evidence names. */
const isOnChain = async ({ anvil, options }: Deployment, size: number): Promise<boolean> => {
  const { block } = verifyEvmEvidence(parseEvmEvidence(readFileSync(evidencePath(options.directory, size), "utf8")))
  const there = (await anvil.request({
    method: "eth_getBlockByNumber",
    params: [`0x${block.number.toString(16)}`, false],
  })) as { readonly hash: Hex }
  return there.hash === block.hash
}

test("a reorganisation before it counts takes the transaction away: the same bytes are sent again", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, grow, used, anchored } = deployment
  const anchor = await open()
  await grow()
  await anchor.advance(log.head)
  await anvil.mine(2)
  expect((await anchor.advance(log.head)).pending?.text).toMatch(/in block/)
  await reorganise(anvil, 2)
  expect(await anchored()).toEqual([])
  const { transactions } = await settle(deployment, anchor)
  expect([await anchored(), await used(), await isOnChain(deployment, 1)]).toEqual([[1], 1, true])
  const counts = { sent: 1, confirmed: 1, failed: 0, reorganised: { final: 0, early: 1 }, unminedSince: null }
  expect(transactions).toMatchObject(counts)
})

test("a reorganisation deeper than what counts withdraws the evidence, and the head is anchored again", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, options, grow, used, anchored } = deployment
  await anvil.mine(10)
  const anchor = await open()
  await grow()
  await settle(deployment, anchor)
  expect(await isOnChain(deployment, 1)).toBe(true)
  await reorganise(anvil, 8)
  expect(await anchored()).toEqual([])
  const status = await anchor.advance(log.head)
  expect([status.confirmed, existsSync(evidencePath(options.directory, 1))]).toEqual([0, false])
  const again = await settle(deployment, anchor)
  expect([await anchored(), await used(), await isOnChain(deployment, 1)]).toEqual([[1], 1, true])
  expect(again.transactions?.reorganised).toEqual({ final: 1, early: 0 })

  // The same with a newer head on its way.
  await grow()
  await anchor.advance(log.head)
  await reorganise(anvil, 6)
  await settle(deployment, anchor)
  expect((await anchored()).at(-1)).toBe(2)
  expect(await isOnChain(deployment, 2)).toBe(true)
})

test("fees above the limit: it waits and says so, nothing is sent; then the newest head goes, not the oldest", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, grow, used, anchored } = deployment
  const anchor = await open()
  await grow()
  await anvil.request({ method: "anvil_setNextBlockBaseFeePerGas", params: [`0x${(200n * 10n ** 9n).toString(16)}`] })
  await anvil.mine()
  expect((await anchor.advance(log.head)).problem).toMatchObject({
    text: expect.stringMatching(/gas costs .* gwei, and at most 100 may be paid: it waits/),
    refused: false,
  })
  await grow()
  for (let block = 0; block < 12; block++) await anvil.mine()
  await settle(deployment, anchor)
  expect([await anchored(), await used()]).toEqual([[2], 1])
})

test("fees that rise while it waits: signed anew with the same number, and one of the two alone comes to be", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, grow, used, anchored, clock, options } = deployment
  const anchor = await open()
  await grow()
  await anchor.advance(log.head)
  await anvil.request({ method: "anvil_setNextBlockBaseFeePerGas", params: [`0x${(30n * 10n ** 9n).toString(16)}`] })
  await anvil.mine()
  expect(await anchored()).toEqual([])
  expect((await anchor.advance(log.head)).transactions).toMatchObject({ sent: 1, unminedSince: clock.ms })
  clock.ms += options.raiseAfterMs
  await anchor.advance(log.head)
  const { transactions } = await settle(deployment, anchor)
  expect([await anchored(), await used()]).toEqual([[1], 1])
  expect(transactions).toMatchObject({ sent: 2, confirmed: 1, failed: 0, unminedSince: null })
  expect(transactions!.spentCoins).toBeGreaterThan(0)
  expect(transactions!.balanceCoins).toBeGreaterThan(transactions!.spentCoins)
})

test("fees that rise above the limit once it is sent: it says so, also where the node takes the bytes no more; with a higher limit it goes at once, also by a clock that was set back", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, grow, anchored, clock, options } = deployment
  const anchor = await open()
  await grow()
  await anchor.advance(log.head)
  await anvil.request({ method: "anvil_dropAllTransactions" })
  await anvil.request({ method: "anvil_setNextBlockBaseFeePerGas", params: [`0x${(200n * 10n ** 9n).toString(16)}`] })
  await anvil.mine()
  clock.ms += options.raiseAfterMs
  expect((await anchor.advance(log.head)).problem).toEqual({
    text: expect.stringMatching(/gas costs .* gwei, and at most 100 may be paid: it waits/),
    refused: false,
  })
  clock.ms -= 3_600_000
  const richer = await open({ maxFeePerGas: 1_000n * 10n ** 9n })
  expect(await richer.advance(log.head)).toMatchObject({ problem: null, transactions: { sent: 1 } })
  await settle(deployment, richer)
  expect(await anchored()).toEqual([1])
})

test("the answer to the sending is lost, or the call itself: it is in a block once", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, grow, used, anchored } = deployment
  let fault: "before" | "after" | null = null
  const request = faulty(anvil.request, (method) => (method === "eth_sendRawTransaction" ? fault : null))
  const anchor = await open({ request })
  for (const where of ["before", "after"] as const) {
    await grow()
    fault = where
    expect((await anchor.advance(log.head)).problem?.text).toMatch(/the connection broke/)
    fault = null
    await settle(deployment, anchor)
  }
  expect([await anchored(), await used()]).toEqual([[1, 2], 2])
})

test("the number is taken by another transaction of the account: the head goes with the next number", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, grow, used, anchored } = deployment
  // It waits with a price that no block takes, so the number is stuck.
  const account = privateKeyToAccount(KEY)
  const foreign = (maxFeePerGas: bigint) =>
    account.signTransaction({
      type: "eip1559",
      chainId: 31_337,
      nonce: 1,
      to: account.address,
      gas: 21_000n,
      maxFeePerGas,
      maxPriorityFeePerGas: 1n,
    })
  await anvil.request({ method: "eth_sendRawTransaction", params: [await foreign(2n * 10n ** 9n)] })
  await anvil.request({ method: "anvil_setNextBlockBaseFeePerGas", params: [`0x${(10n * 10n ** 9n).toString(16)}`] })
  await anvil.mine()
  const anchor = await open()
  await grow()
  // Ours offers more, and takes its place.
  await settle(deployment, anchor)
  expect([await anchored(), await used()]).toEqual([[1], 1])

  // One that offers more than ours comes into a block instead of it.
  await grow()
  await anchor.advance(log.head)
  const other = await account.signTransaction({
    type: "eip1559",
    chainId: 31_337,
    nonce: 2,
    to: account.address,
    gas: 21_000n,
    maxFeePerGas: 90n * 10n ** 9n,
    maxPriorityFeePerGas: 50n * 10n ** 9n,
  })
  await anvil.request({ method: "eth_sendRawTransaction", params: [other] })
  await anvil.mine()
  expect(await anchored()).toEqual([1])
  const { transactions } = await settle(deployment, anchor)
  expect([await anchored(), await used()]).toEqual([[1, 2], 3])
  expect(transactions).toMatchObject({ confirmed: 2, failed: 1 })
})

test("a chain that stands still, and a node that is away, are problems; what is under way goes on after", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, grow, anchored, clock, options } = deployment
  const anchor = await open()
  await grow()
  await anchor.advance(log.head)
  clock.ms += options.stallMs + 60_000
  expect((await anchor.advance(log.head)).problem?.text).toMatch(/the chain stands still/)
  clock.ms = Date.now()
  anvil.process.kill("SIGSTOP")
  const impatient = await Promise.race([
    anchor.advance(log.head),
    new Promise((resolve) => setTimeout(resolve, 11_000, "late")),
  ])
  expect(impatient).toMatchObject({ problem: { text: expect.stringMatching(/eth_getBlockByNumber at 127/) } })
  anvil.process.kill("SIGCONT")
  await settle(deployment, anchor)
  expect(await anchored()).toEqual([1])
})

test("a log that was put back, or has a second history: nothing is sent, and it does not go on by itself", async () => {
  const deployment = await startDeployment()
  const { log, open, grow, used } = deployment
  for (let i = 0; i < 3; i++) await grow()
  await settle(deployment, await open())
  const shorter = await openLog()
  await shorter.append([Buffer.from("checkpoint 0")], SIGNER)
  const back = await open({ history: shorter, directory: scratch() })
  expect((await back.advance(shorter.head)).problem).toMatchObject({
    text: expect.stringMatching(/holds 3 leaves and the log has fewer/),
    refused: true,
  })
  const forked = await openLog()
  for (let i = 0; i < 4; i++) await forked.append([Buffer.from(`another ${i}`)], SIGNER)
  const second = await open({ history: forked, directory: scratch() })
  for (let i = 0; i < 2; i++)
    expect((await second.advance(forked.head)).problem).toMatchObject({
      text: expect.stringMatching(/another tree of 3 leaves/),
      refused: true,
    })
  expect([await used(), log.head!.size]).toEqual([1, 3])
})

test("its own file lost: nothing is sent twice, and the evidence is made anew from the chain", async () => {
  const deployment = await startDeployment()
  const { open, options, grow, used, anchored } = deployment
  await grow()
  await settle(deployment, await open())
  rmSync(join(options.directory, "evm.json"))
  rmSync(join(options.directory, "evidence"), { recursive: true })
  await settle(deployment, await open())
  expect([await anchored(), await used(), await isOnChain(deployment, 1)]).toEqual([[1], 1, true])
})

test("stopped at each call to the node, before and after it: every head is anchored once, by one transaction", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, grow, used, anchored } = deployment
  let sent = 0
  for (let at = 1, wasStopped = true; wasStopped; at++) {
    for (const where of ["before", "after"] as const) {
      await grow()
      sent += 1
      wasStopped = false
      let calls = 0
      // From then on nothing answers this process: it is gone.
      const request = faulty(anvil.request, () => {
        calls += 1
        if (calls > at) return "before"
        if (calls === at) wasStopped = true
        return calls === at ? where : null
      })
      try {
        const doomed = await open({ request })
        await settle({ anvil, log }, doomed, 6)
      } catch {
        // It ends here or there; what counts is what the next one finds.
      }
      await settle(deployment, await open())
      expect(await used()).toBe(sent)
    }
  }
  expect(await anchored()).toEqual(Array.from({ length: sent }, (_, i) => i + 1))
}, 300_000)

test("killed at any time, eight times: every head that is anchored is so once, and each transaction was one of them", async () => {
  const deployment = await startDeployment()
  const { anvil, log, open, options, used, anchored } = deployment
  const argv = [CHILD, log.directory, options.directory, anvil.url, options.contract]
  for (let kill = 0; kill < 8; kill++) {
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] })
    const ended = new Promise((resolve) => child.once("exit", resolve))
    await new Promise((resolve) => child.stdout.once("data", resolve))
    // Blocks come while it works; how far it is at its end differs from run to run.
    for (let block = 0; block < 12; block++) {
      await anvil.mine()
      await new Promise((resolve) => setTimeout(resolve, 30 + 7 * kill))
    }
    child.kill("SIGKILL")
    await ended
  }
  const again = await openLog(log.directory)
  await settle({ anvil, log: again }, await open({ history: again }))
  const sizes = await anchored()
  expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b))
  expect(sizes.length).toBeGreaterThan(3)
  expect(await used()).toBe(sizes.length)
  expect(await isOnChain(deployment, sizes.at(-1)!)).toBe(true)
}, 300_000)
