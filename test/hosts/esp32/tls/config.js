/** What mcconfig makes of a manifest's `config` for every platform but the command line. */
export default Object.freeze({ tls: Object.freeze({ DHE_RSA: true, ECDHE_RSA: true }) });
