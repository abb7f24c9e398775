export const SETUP_WORDS = {
  title: 'Make this platform yours',
  text: 'The setup code was printed where the platform was started. It makes you the administrator, once.',
  code: 'Setup code',
  codeFormat: 'XXXX-XXXX-XXXX',
  codeLeft: (time: string, tries: number) =>
    `Valid for ${time} more, ${tries} ${tries === 1 ? 'try' : 'tries'} left.`,
  codeGone: 'No code is valid any more. This makes a new one:',
  codeCli: 'haivemind setup-code',
  name: 'Your name here',
  nameHint: 'Letters, digits, dot, hyphen: what you sign in with.',
  password: 'Password',
  strengths: ['Too short', 'Weak: longer is better', 'Fair', 'Good', 'Strong'],
  submit: 'Set up',
  reachable: 'Reachable at',
  tls: {
    https: 'encrypted (https)',
    local: 'this machine only, no TLS needed',
    http: 'plain http: signing in needs https',
  },
} as const
