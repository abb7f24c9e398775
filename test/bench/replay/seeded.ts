/** Random numbers that a seed gives again anywhere: sfc32, and the distributions the traces are drawn from. */
export type Random = {
  readonly uniform: (from: number, to: number) => number
  readonly integer: (from: number, to: number) => number
  readonly normal: () => number
  readonly lognormal: (mu: number, sigma: number) => number
  readonly pareto: (shape: number) => number
  readonly poisson: (mean: number) => number
}

export function createRandom(seed: number, stream: number): Random {
  let a = seed >>> 0
  let b = stream >>> 0
  let c = 0x9e3779b9
  let counter = 1
  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 15; i++) next()

  const uniform = (from: number, to: number): number => from + (to - from) * next()
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    uniform,
    integer: (from, to) => Math.floor(uniform(from, to + 1)),
    normal,
    lognormal: (mu, sigma) => Math.exp(mu + sigma * normal()),
    pareto: (shape) => (1 - next()) ** (-1 / shape),
    poisson(mean) {
      const limit = Math.exp(-mean)
      let product = next()
      let count = 0
      for (; product > limit; count++) product *= next()
      return count
    },
  }
}
