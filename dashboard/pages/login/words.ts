export const LOGIN_WORDS = {
  title: 'Sign in',
  name: 'Name',
  password: 'Password',
  submit: 'Sign in',
  cannot: 'Cannot sign in?',
  forgotten: 'Whoever runs this platform sets a new password on its machine:',
  forgottenCli: 'haivemind user set-password NAME',
  issuer: 'Sign in with your organisation',
  or: 'or',
  wait: (seconds: number) => `Too many tries. Try again in ${seconds} s.`,
  insecure: 'This page came over plain http: a browser keeps nobody signed in here. Open it by https.',
} as const
