/**
 * A map and a set for a few entries that come and go with every call. V8's own links each table that it outgrows to
 * the next one (OrderedHashTable, for iterators that are under way): once such a table is old, the collector of young
 * objects takes everything that was ever put into the later ones for reachable. A relay then drags each finished
 * request through two copies into the old generation, which costs a quarter of its time. These keep nothing.
 *
 * Looking something up is linear: meant for hundreds of entries, not for thousands.
 */
export class ChurnMap<K extends string | number, V> {
  readonly #keys: K[] = []
  readonly #values: V[] = []

  get size(): number {
    return this.#keys.length
  }

  get(key: K): V | undefined {
    const at = this.#keys.indexOf(key)
    return at < 0 ? undefined : this.#values[at]
  }

  set(key: K, value: V): void {
    const at = this.#keys.indexOf(key)
    if (at >= 0) this.#values[at] = value
    else {
      this.#keys.push(key)
      this.#values.push(value)
    }
  }

  has(key: K): boolean {
    return this.#keys.includes(key)
  }

  delete(key: K): boolean {
    const at = this.#keys.indexOf(key)
    if (at < 0) return false
    removeAt(this.#keys, at)
    removeAt(this.#values, at)
    return true
  }

  keys(): readonly K[] {
    return [...this.#keys]
  }

  /** As they are now, in no order, keys likewise: what is done with them may change the map. */
  values(): readonly V[] {
    return [...this.#values]
  }

  clear(): void {
    this.#keys.length = 0
    this.#values.length = 0
  }
}

export class ChurnSet<T> {
  readonly #values: T[] = []

  clear(): void {
    this.#values.length = 0
  }

  get size(): number {
    return this.#values.length
  }

  /** It must not be in there. */
  add(value: T): void {
    this.#values.push(value)
  }

  delete(value: T): boolean {
    const at = this.#values.indexOf(value)
    if (at >= 0) removeAt(this.#values, at)
    return at >= 0
  }

  /** As they are now, in no order. */
  values(): readonly T[] {
    return [...this.#values]
  }
}

/** The last one takes its place. */
function removeAt(list: unknown[], at: number): void {
  const last = list.pop()
  if (at < list.length) list[at] = last
}
