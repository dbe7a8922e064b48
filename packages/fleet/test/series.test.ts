import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { seriesOf, weather } from "../src/series.ts"

describe("the recorded weather", () => {
  it("is the whole year of the data set", () => {
    expect(weather()).toHaveLength(8759)
    expect(weather()[0]).toEqual({ pressure: 1016.6, temperature: 4, wind: 3.8 })
  })

  it("has the values of vega-datasets, row by row", () => {
    // By path: the package exports only its JavaScript.
    const file = new URL("../../../node_modules/vega-datasets/data/seattle-weather-hourly-normals.csv", import.meta.url)
    const rows = readFileSync(file, "utf8").trim().split("\n").slice(1)
    const theirs = rows.map((row) => row.split(",").slice(1).map(Number))
    expect(weather().map(({ pressure, temperature, wind }) => [pressure, temperature, wind])).toEqual(theirs)
  })

  it("is walked through hour by hour, within the record's resolution, from a phase of the device's own", () => {
    const series = seriesOf("seed", "a")
    const phase = weather().findIndex((_, start) =>
      [0, 1, 2, 3, 4, 5, 6, 7].every((n) => {
        const hour = weather()[(start + n) % weather().length]!
        const said = series(n)
        return (["pressure", "temperature", "wind"] as const).every((k) => Math.abs(hour[k] - said[k]) <= 0.0501)
      }),
    )
    expect(phase).toBeGreaterThanOrEqual(0)
    expect(seriesOf("seed", "b")(0)).not.toEqual(series(0))
    expect(seriesOf("seed", "a")(3)).toEqual(series(3))
  })

  it("does not stand still, as a rounded record would", () => {
    const series = seriesOf("seed", "a")
    let longest = 0
    let run = 0
    for (let n = 1; n < 2000; n++) {
      run = series(n).pressure === series(n - 1).pressure ? run + 1 : 0
      longest = Math.max(longest, run)
    }
    expect(longest).toBeLessThan(4)
  })
})
