/** A bounded index of when devices want to see a tick: a binary heap of (time, device), lazily cleaned. */
export class Deadlines {
  private readonly times: Array<number> = []
  private readonly devices: Array<string> = []
  /** The time each device is queued for, so that one device is queued once. */
  private readonly queued = new Map<string, number>()

  get size(): number {
    return this.queued.size
  }

  /** Queues the device at `time`, unless it is queued for then or earlier: a pop then looks at its real deadline. */
  push(device: string, time: number): void {
    const present = this.queued.get(device)
    if (present !== undefined && present <= time) return
    this.queued.set(device, time)
    this.times.push(time)
    this.devices.push(device)
    this.up(this.times.length - 1)
  }

  /** Takes every device queued at or before `time`. */
  popUntil(time: number): Array<string> {
    const found: Array<string> = []
    while (this.times.length > 0 && this.times[0]! <= time) {
      const at = this.times[0]!
      const device = this.devices[0]!
      this.removeTop()
      if (this.queued.get(device) !== at) continue // queued again for earlier; that one counted
      this.queued.delete(device)
      found.push(device)
    }
    return found
  }

  private removeTop(): void {
    const time = this.times.pop()!
    const device = this.devices.pop()!
    if (this.times.length === 0) return
    this.times[0] = time
    this.devices[0] = device
    this.down(0)
  }

  private up(from: number): void {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (this.times[parent]! <= this.times[index]!) return
      this.exchange(parent, index)
      index = parent
    }
  }

  private down(from: number): void {
    let index = from
    for (;;) {
      const left = 2 * index + 1
      let least = index
      if (left < this.times.length && this.times[left]! < this.times[least]!) least = left
      if (left + 1 < this.times.length && this.times[left + 1]! < this.times[least]!) least = left + 1
      if (least === index) return
      this.exchange(least, index)
      index = least
    }
  }

  private exchange(a: number, b: number): void {
    const time = this.times[a]!
    this.times[a] = this.times[b]!
    this.times[b] = time
    const device = this.devices[a]!
    this.devices[a] = this.devices[b]!
    this.devices[b] = device
  }
}
