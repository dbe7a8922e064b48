/**
 * How many instances KEDA and Kubernetes' horizontal autoscaler would have. Pure: KEDA's scaler for Kafka turns lag into a number
 * and bounds it, the autoscaler divides it and moves in the steps that the chart allows (infra/kubernetes/chart/templates/keda.yaml).
 */

export interface ScalerSettings {
  /** Entries that may wait for one instance. */
  readonly lagThreshold: number
  readonly minReplicas: number
  readonly maxReplicas: number
  readonly partitions: number
  /** Seconds: how often lag is read. */
  readonly pollingInterval: number
  /** So many more at most within so many seconds, and fewer. */
  readonly up: { readonly pods: number; readonly period: number }
  readonly down: { readonly pods: number; readonly period: number; readonly stabilization: number }
}

/** The autoscaler leaves a number alone that is as near as this. */
const TOLERANCE = 0.1

/** A second of this is `times` seconds of the settings: a run of minutes shows what takes an hour. */
export const faster = (settings: ScalerSettings, times: number): ScalerSettings => ({
  ...settings,
  pollingInterval: settings.pollingInterval / times,
  up: { ...settings.up, period: settings.up.period / times },
  down: {
    ...settings.down,
    period: settings.down.period / times,
    stabilization: settings.down.stabilization / times,
  },
})

/** What lag alone asks for: no more than there are partitions, since another consumer would get none. */
export const wantedFor = (lag: ReadonlyArray<number>, current: number, settings: ScalerSettings): number => {
  const { lagThreshold, minReplicas, maxReplicas, partitions } = settings
  const total = Math.min(
    lag.reduce((sum, one) => sum + one, 0),
    partitions * lagThreshold,
  )
  const share = total / (current * lagThreshold)
  const wanted = Math.abs(share - 1) <= TOLERANCE ? current : Math.ceil(total / lagThreshold)
  return Math.max(minReplicas, Math.min(maxReplicas, partitions, wanted))
}

/** Keeps what was asked for and changed before, and says how many there shall be now. */
export class Scaler {
  readonly #settings: ScalerSettings
  readonly #asked: Array<{ readonly at: number; readonly wanted: number }> = []
  readonly #changes: Array<{ readonly at: number; readonly by: number }> = []

  constructor(settings: ScalerSettings) {
    this.#settings = settings
  }

  /** @param now seconds @param lag by partition, as the brokers say it: markers of transactions count */
  decide(now: number, lag: ReadonlyArray<number>, current: number): number {
    const { up, down } = this.#settings
    const wanted = wantedFor(lag, current, this.#settings)
    this.#asked.push({ at: now, wanted })
    const recent = this.#asked.filter(({ at }) => at > now - down.stabilization)
    // Down only as far as everybody in the window would have gone.
    const stable = wanted < current ? Math.min(current, Math.max(...recent.map((one) => one.wanted))) : wanted
    const within = (period: number, sign: 1 | -1): number =>
      this.#changes
        .filter(({ at, by }) => at > now - period && Math.sign(by) === sign)
        .reduce((sum, { by }) => sum + by * sign, 0)
    const decided =
      stable > current
        ? Math.min(stable, current + Math.max(0, up.pods - within(up.period, 1)))
        : Math.max(stable, current - Math.max(0, down.pods - within(down.period, -1)))
    if (decided !== current) this.#changes.push({ at: now, by: decided - current })
    return decided
  }
}
