/** The instruments of a registry as those of an OpenTelemetry meter: same names, units, labels and buckets. */
import type { Attributes, BatchObservableResult, Meter, Observable } from "@opentelemetry/api"
import type { Instrument, Registry } from "./registry.ts"

const attributesOf = ({ spec }: Instrument, labels: ReadonlyArray<string>): Attributes =>
  Object.fromEntries(spec.labels.map((name, nth) => [name, labels[nth]!]))

/** From now on the meter's readers see what the registry keeps. Histograms begin with what is observed after this. */
export const bridge = (registry: Registry, meter: Meter): void => {
  const observed = new Map<Instrument, Observable>()
  for (const instrument of registry.instruments) {
    const { name, kind, unit, help, buckets } = instrument.spec
    const options = { unit, description: help }
    if (kind === "counter") observed.set(instrument, meter.createObservableCounter(name, options))
    else if (kind === "gauge") observed.set(instrument, meter.createObservableGauge(name, options))
    else {
      const histogram = meter.createHistogram(name, {
        ...options,
        ...(buckets === undefined ? {} : { advice: { explicitBucketBoundaries: [...buckets] } }),
      })
      instrument.forward = (value, labels) => histogram.record(value, attributesOf(instrument, labels))
    }
  }
  const read = async (result: BatchObservableResult): Promise<void> => {
    await registry.collect()
    for (const [instrument, observable] of observed) {
      for (const { labels, value } of instrument.series) {
        result.observe(observable, value, attributesOf(instrument, labels))
      }
    }
  }
  meter.addBatchObservableCallback(read, [...observed.values()])
}
