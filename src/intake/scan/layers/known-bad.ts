/**
 * Releases that were published to do harm, as was widely reported. Kept by hand, without asking a registry: only what is
 * beyond doubt stands here, and what is merely vulnerable does not. An operator's OSV directory (security.osv_dir) holds
 * the rest.
 */
type KnownBad = {
  readonly ecosystem: 'npm' | 'python'
  readonly name: string
  /** Null: every version. */
  readonly versions: readonly string[] | null
  readonly what: string
  readonly source: string
}

export const KNOWN_BAD: readonly KnownBad[] = [
  bad(
    'npm',
    'postmark-mcp',
    null,
    'copies every mail that it sends to a stranger, since 1.0.16 of the same publisher',
    'Koi Security, September 2025',
  ),
  bad('npm', 'event-stream', ['3.3.6'], 'loads code that steals wallets', 'npm advisory 737, November 2018'),
  bad('npm', 'flatmap-stream', null, 'steals wallets', 'npm advisory 737, November 2018'),
  bad('npm', 'ua-parser-js', ['0.7.29', '0.8.0', '1.0.0'], 'installs a miner', 'GHSA-pjwm-rvh2-c87w'),
  bad(
    'npm',
    'coa',
    ['2.0.3', '2.0.4', '2.1.1', '2.1.3', '3.0.1', '3.1.3'],
    'steals passwords',
    'GHSA-73qr-pfmq-6rp8',
  ),
  bad('npm', 'rc', ['1.2.9', '1.3.9', '2.3.9'], 'steals passwords', 'GHSA-g2q5-5433-rhrf'),
  bad('npm', 'node-ipc', ['10.1.1', '10.1.2'], 'overwrites files by country', 'GHSA-97m3-w2cp-4xx6'),
  bad('npm', 'eslint-scope', ['3.7.2'], 'steals npm tokens', 'npm incident, July 2018'),
  bad('npm', 'crossenv', null, 'sends the environment to a stranger', 'npm incident, August 2017'),
  bad('npm', 'debug', ['4.4.2'], 'changes payments in browsers', 'npm account takeover, September 2025'),
  bad('npm', 'chalk', ['5.6.1'], 'changes payments in browsers', 'npm account takeover, September 2025'),
  bad(
    'npm',
    'ansi-styles',
    ['6.2.2'],
    'changes payments in browsers',
    'npm account takeover, September 2025',
  ),
  bad('npm', 'strip-ansi', ['7.1.1'], 'changes payments in browsers', 'npm account takeover, September 2025'),
  bad(
    'npm',
    'nx',
    ['20.9.0', '20.10.0', '20.11.0', '20.12.0', '21.5.0', '21.6.0', '21.7.0', '21.8.0'],
    'steals credentials',
    'GHSA-cxm3-wv7p-598c',
  ),
  bad(
    'npm',
    '@ctrl/tinycolor',
    ['4.1.1', '4.1.2'],
    'steals credentials and spreads itself',
    'Shai-Hulud, September 2025',
  ),
  bad(
    'npm',
    'rand-user-agent',
    ['1.0.110', '2.0.83', '2.0.84'],
    'installs a remote access trojan',
    'Aikido, May 2025',
  ),
  bad('npm', '@solana/web3.js', ['1.95.6', '1.95.7'], 'steals private keys', 'GHSA-jcxm-7wvp-g6p5'),
  bad('python', 'ctx', null, 'sends the environment to a stranger', 'PyPI incident, May 2022'),
  bad('python', 'colourama', null, 'replaces addresses on the clipboard', 'PyPI typosquat, 2018'),
  bad('python', 'jeilyfish', null, 'steals SSH and GPG keys', 'PyPI typosquat, December 2019'),
  bad('python', 'python3-dateutil', null, 'steals SSH and GPG keys', 'PyPI typosquat, December 2019'),
  bad('python', 'request', null, 'imitates requests and downloads code', 'PyPI typosquat, 2020'),
  bad('python', 'torchtriton', null, 'reads keys and sends them', 'PyTorch nightly incident, December 2022'),
  bad(
    'python',
    'ultralytics',
    ['8.3.41', '8.3.42', '8.3.45', '8.3.46'],
    'installs a miner',
    'PyPI incident, December 2024',
  ),
  bad('python', 'num2words', ['0.5.15', '0.5.16'], 'steals credentials', 'PyPI incident, July 2025'),
  bad('python', 'aiocpa', null, 'sends tokens to a stranger', 'PyPI incident, November 2024'),
]

function bad(
  ecosystem: KnownBad['ecosystem'],
  name: string,
  versions: readonly string[] | null,
  what: string,
  source: string,
): KnownBad {
  return { ecosystem, name, versions, what, source }
}
