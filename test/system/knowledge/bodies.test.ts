/** Which bodies of knowledge are recorded: those that came into force, once in each partition, and no others. */
import { bodiesOf, publishKnowledge } from "@assay/engine"
import { hashOfBody } from "@assay/knowledge"
import { decodeKnowledge } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { afterAll, expect, it } from "vitest"

afterAll(closeVerifyPool)

it.each(["chained", "staged"] as const)(
  "records what came into force, and nothing that was refused (%s)",
  async (topology) => {
    const world = aWorld("bodies")
    const driver = await openDriver(world, { topology, partitions: 2 })
    for (const refused of [world.halfSignedBundle, world.olderBundle, Buffer.from("no envelope")])
      await publishKnowledge(driver.log, "bundle", refused)
    await driver.settle()
    await driver.restart()
    const good = [world.signedBundle, world.signedPolicy]
    const recorded = (await driver.records(STREAMS.knowledge)).map(({ value, partition }) => {
      const { hash, kind, version, mediaType, body } = decodeKnowledge(value)
      expect(hashOfBody(body)).toBe(hash)
      return { partition, hash, kind, version, mediaType }
    })
    const mediaType = "application/vnd.dsse.envelope+json"
    expect(recorded).toEqual(
      [0, 1].flatMap((partition) => [
        { partition, hash: hashOfBody(good[0]!), kind: "bundle", version: 2, mediaType },
        { partition, hash: hashOfBody(good[1]!), kind: "policy", version: 1, mediaType },
      ]),
    )
    // In the order of their activation, and in any other.
    for (const bodies of [good, [...good].reverse(), [...good, ...good]]) {
      const source = bodiesOf(driver.log, 1)
      for (const body of bodies) expect(Buffer.from((await source.get(hashOfBody(body)))!)).toEqual(Buffer.from(body))
      expect(await source.get(hashOfBody(world.halfSignedBundle))).toBeNull()
    }
    expect((await driver.replay()).differences).toEqual([])
    await driver.close()
  },
)
