/** Codes of charts, OCI artifacts and files, which servers give as archives; a part of the one list of coded errors. */
export const SOURCE_ERRORS = {
  GDE_SOURCE_UNREACHABLE: {
    summary: 'The server of a chart, an artifact or a file cannot be reached',
    action: 'Check URL, network, proxy and the state of the server.',
  },
  GDE_SOURCE_AUTH: {
    summary: 'The server of a chart, an artifact or a file refuses the credentials',
    action: 'Check the credentials for this URL, and whether it exists: some servers answer the same for both.',
  },
  GDE_SOURCE_TLS: {
    summary: 'The certificate of the server of a chart, an artifact or a file is not trusted',
    action: 'Give the CA that the server is certified by.',
  },
  GDE_SOURCE_REDIRECT: {
    summary: 'The server of a chart, an artifact or a file redirects to a place that is not allowed',
    action: 'Use the final URL.',
  },
  GDE_SOURCE_PROTOCOL: {
    summary: 'The server answers what is no Helm repository, OCI registry or file',
    action: 'Check that the URL is that of the repository, not of a web page, and that its type fits.',
  },
  GDE_SOURCE_NOT_FOUND: {
    summary: 'There is no chart repository, artifact or file at this URL',
    action: 'Check the URL.',
  },
  GDE_SOURCE_VERSION: {
    summary: 'No version of the artifact is what the revision asks for',
    action: 'Check version, tag or range; the message names the newest that there are.',
  },
  GDE_SOURCE_DIGEST: {
    summary: 'A chart, an artifact or a file does not have the digest that it should',
    action: 'Have it published again: it was changed since its index or manifest was written.',
  },
  GDE_SOURCE_ARCHIVE: {
    summary: 'An archive holds what is not unpacked',
    action: 'Package it anew with `helm package`, `flux push artifact` or `oras`, without what the message names.',
  },
  GDE_SOURCE_INDEX: {
    summary: 'The index of a Helm repository cannot be used',
    action: 'Have it made anew with `helm repo index`.',
  },
  GDE_CHART_UNKNOWN: {
    summary: 'The chart is not in the repository',
    action: 'Check the name of the chart and the URL of the repository.',
  },
} as const
