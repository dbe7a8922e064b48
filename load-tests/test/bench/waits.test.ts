import { expect, it } from "vitest"
import { waitsIn, waitsOf } from "../../src/bench/waits.ts"

const metrics = (batches: number, entries: number, quick: number, slow: number): string => {
  const whole = `messaging_process_duration_seconds`
  const commit = `messaging_client_operation_duration_seconds`
  const own = `messaging_operation_name="commit",messaging_destination_name="p.in"`
  return [
    "# HELP of all of them",
    `assay_batch_size_sum{group="chained"} ${entries}`,
    `assay_batch_size_count{group="chained"} ${batches}`,
    `${whole}_bucket{messaging_consumer_group_name="p.chained",le="0.01"} ${quick}`,
    `${whole}_bucket{messaging_consumer_group_name="p.chained",le="0.025"} ${quick + slow}`,
    `${whole}_bucket{messaging_consumer_group_name="p.chained",le="+Inf"} ${quick + slow}`,
    `${whole}_sum{messaging_consumer_group_name="p.chained"} ${quick * 0.008 + slow * 0.02}`,
    `${whole}_count{messaging_consumer_group_name="p.chained"} ${quick + slow}`,
    `${commit}_bucket{${own},le="0.005"} ${quick + slow}`,
    `${commit}_sum{${own}} ${(quick + slow) * 0.004}`,
    `${commit}_count{${own}} ${quick + slow}`,
    `${commit}_sum{messaging_operation_name="send",messaging_destination_name="p.in"} 99`,
    "",
  ].join("\n")
}

it("batches between two looks: how many, how large, how long as a whole, and how long their commits", () => {
  const { chained, ...others } = waitsOf(waitsIn([metrics(10, 50, 10, 0)]), waitsIn([metrics(40, 350, 30, 10)]))
  expect(others).toEqual({})
  expect([chained!.batches, chained!.entries]).toEqual([30, 10])
  expect(chained!.whole.sum).toBeCloseTo(20 * 0.008 + 10 * 0.02)
  expect(chained!.whole.buckets).toEqual([
    [0.01, 20],
    [0.025, 10],
  ])
  expect(chained!.commit.count).toBe(30)
  expect(chained!.commit.sum).toBeCloseTo(0.12)
})
