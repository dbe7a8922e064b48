import type { Kind } from "../kind.ts"
import { weather } from "../series.ts"
import { every, HOUR } from "./time.ts"

export const hourlyWeather: Kind = {
  name: "hourly-weather",
  title: "Recorded weather, rounded to tenths, once an hour",
  perDay: 24,
  days: 30,
  units: { temperature: "Cel", pressure: "hPa", wind: "m/s" },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    const hours = weather()
    let phase = random.below(hours.length)
    for (const at of every(start, HOUR, random)) {
      const { temperature, pressure, wind } = hours[phase++ % hours.length]!
      yield { at, values: { temperature, pressure, wind } }
    }
  },
}
