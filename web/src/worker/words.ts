// The worker's own words, apart from the app's, which would make it twice as large.
export const en = {
  'push.encrypted': 'Encrypted, not verified',
  'push.open': 'Open the app to answer.',
  'push.late': 'Too late: it is settled already.',
  'push.later': 'Your answer is sent when the network is back.',
  'push.signin': 'Sign in to send your answer.',
};
