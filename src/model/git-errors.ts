/** Of repositories, and of signing in to them. A part of `ERRORS`. */
export const GIT_ERRORS = {
  GDE_GIT_UNREACHABLE: {
    summary: 'The Git server cannot be reached',
    action: 'Check URL, network, proxy and the state of the server.',
  },
  GDE_GIT_AUTH: {
    summary: 'The Git server refuses the credentials',
    action: 'Check the credentials of the repository, or whether it exists.',
  },
  GDE_GIT_TLS: {
    summary: 'The certificate of the Git server is not trusted',
    action: 'Give the CA in repositories[].tls.caFile.',
  },
  GDE_GIT_HOST_KEY: {
    summary: 'The SSH server is not proved to be the one that is meant',
    action:
      'Ask who runs the server for the fingerprint of its key. If it is the one of the message, add the key to known_hosts: argocd-ssh-known-hosts-cm, the Secret of Flux, or knownHostsFile in the config.',
  },
  GDE_CREDENTIALS: {
    summary: 'Credentials cannot be had from the program or the service that hands them out',
    action:
      'See the message: run the helper by hand with the same variables, or check ID, key and installation of the GitHub App.',
  },
  GDE_GIT_PROTOCOL: {
    summary: 'The server does not answer as a Git server does',
    action: 'Check that the URL is that of a repository, not of a web page.',
  },
  GDE_GIT_REDIRECT: {
    summary: 'The Git server redirects to a place that is not allowed',
    action: 'Use the final URL.',
  },
  GDE_GIT_REVISION: { summary: 'The revision is not in the repository', action: 'Check branch, tag or commit.' },
  GDE_GIT_PATH: {
    summary: 'The path is not in the repository at this revision',
    action: 'Check the path of the source.',
  },
  GDE_GIT_DAMAGED: {
    summary: 'The local copy of the repository is damaged',
    action: 'Nothing: it is fetched anew; if it stays, check the disk.',
  },
  GDE_GIT_STORAGE: {
    summary: 'The local copy of the repository cannot be written or read on this disk',
    action: 'Check the free space and the rights of stateDirectory.',
  },
  GDE_GIT_UNSUPPORTED: {
    summary: 'The repository uses something of Git that is not supported',
    action: 'See docs/sources.md for what is supported.',
  },
} as const
