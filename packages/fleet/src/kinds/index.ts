/** The honest kinds of machines: what the demo, the evaluation and the tests hold the pipeline to. */
import type { Kind } from "../kind.ts"
import { battery } from "./battery.ts"
import { changedUnit } from "./changed-unit.ts"
import { clock1970 } from "./clock-1970.ts"
import { clockAhead } from "./clock-ahead.ts"
import { clockBehind } from "./clock-behind.ts"
import { coldStore } from "./cold-store.ts"
import { dailySine } from "./daily-sine.ts"
import { deepSleeper } from "./deep-sleeper.ts"
import { door } from "./door.ts"
import { doorFlag } from "./door-flag.ts"
import { energyCounter } from "./energy-counter.ts"
import { fridgePlug } from "./fridge-plug.ts"
import { heldAndReleased } from "./held-and-released.ts"
import { hourlyWeather } from "./hourly-weather.ts"
import { issuerAhead } from "./issuer-ahead.ts"
import { light } from "./light.ts"
import { lossyNetwork } from "./lossy-network.ts"
import { monthlyReporter } from "./monthly-reporter.ts"
import { motor } from "./motor.ts"
import { officeAir } from "./office-air.ts"
import { offlineByNight } from "./offline-by-night.ts"
import { outdoorAir } from "./outdoor-air.ts"
import { photovoltaic } from "./photovoltaic.ts"
import { press } from "./press.ts"
import { rainGauge } from "./rain-gauge.ts"
import { rateChange } from "./rate-change.ts"
import { rebooting } from "./rebooting.ts"
import { rolledBackUpdate } from "./rolled-back-update.ts"
import { seasonalPump } from "./seasonal-pump.ts"
import { setpoint } from "./setpoint.ts"
import { sparseLoss } from "./sparse-loss.ts"
import { steadyCounter } from "./steady-counter.ts"
import { storeAndForward } from "./store-and-forward.ts"
import { swappedBoard } from "./swapped-board.ts"
import { tank } from "./tank.ts"
import { thermostat } from "./thermostat.ts"
import { tide } from "./tide.ts"
import { valve } from "./valve.ts"
import { waterMeter } from "./water-meter.ts"
import { weeklyReporter } from "./weekly-reporter.ts"
import { wind } from "./wind.ts"
import { wornFlash } from "./worn-flash.ts"

/** In alphabetical order. */
export const KINDS: ReadonlyArray<Kind> = [
  battery,
  changedUnit,
  clock1970,
  clockAhead,
  clockBehind,
  coldStore,
  dailySine,
  deepSleeper,
  doorFlag,
  door,
  energyCounter,
  fridgePlug,
  heldAndReleased,
  hourlyWeather,
  issuerAhead,
  light,
  lossyNetwork,
  monthlyReporter,
  motor,
  officeAir,
  offlineByNight,
  outdoorAir,
  photovoltaic,
  press,
  rainGauge,
  rateChange,
  rebooting,
  rolledBackUpdate,
  seasonalPump,
  setpoint,
  sparseLoss,
  steadyCounter,
  storeAndForward,
  swappedBoard,
  tank,
  thermostat,
  tide,
  valve,
  waterMeter,
  weeklyReporter,
  wind,
  wornFlash,
]
