export const LOGIN_WORDS = {
  title: 'Sign in',
  name: 'Name',
  password: 'Password',
  submit: 'Sign in',
  issuer: 'Sign in with your organisation',
  or: 'or',
  wait: (seconds: number) => `Too many tries. Try again in ${seconds} s.`,
  insecure: 'This page came over plain http: a browser keeps nobody signed in here. Open it by https.',
} as const
