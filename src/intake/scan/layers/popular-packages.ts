/**
 * Names that typosquats imitate: the most downloaded packages of either ecosystem (November 2026), and the honest
 * neighbours of those names, which are no imitation. Regenerate both together.
 */
/** Normalised as in PEP 503. */
export const POPULAR_PYTHON: ReadonlySet<string> = new Set(
  `
  aiobotocore aiofiles aiohappyeyeballs aiohttp aiosignal alembic annotated-doc annotated-types anthropic anyio
  asn1crypto asttokens async-timeout attrs authlib awscli azure-core azure-identity azure-storage-blob babel
  backoff bcrypt beautifulsoup4 black blinker boto3 botocore build cachetools certifi chardet charset-normalizer
  click cloudpickle colorama contourpy coverage cryptography cycler databricks-sql-connector datasets decorator
  defusedxml deprecated discord-py distlib distro django dnspython docker docstring-parser docutils durationpy
  editables email-validator et-xmlfile exceptiongroup executing fastapi fastjsonschema fastmcp filelock flask
  fonttools frozenlist fsspec gitdb gitpython google-analytics-admin google-api-core google-api-python-client
  google-auth google-auth-httplib2 google-auth-oauthlib google-cloud-aiplatform google-cloud-batch
  google-cloud-bigquery google-cloud-compute google-cloud-core google-cloud-kms google-cloud-secret-manager
  google-cloud-storage google-crc32c google-genai google-resumable-media googleapis-common-protos greenlet
  grpc-google-iam-v1 grpcio grpcio-status grpcio-tools gunicorn hatchling hf-xet hpack httpcore httplib2 httptools
  httpx httpx-sse huggingface-hub hyperframe identify importlib-metadata iniconfig ipython isodate itsdangerous
  jaraco-classes jaraco-context jaraco-functools jeepney jinja2 jiter jmespath joblib jsonpatch jsonpointer
  jsonschema jsonschema-specifications keyring kiwisolver kubernetes langchain langchain-core litellm
  markdown-it-py markupsafe marshmallow matplotlib matplotlib-inline mdurl more-itertools mpmath msal-extensions
  msgpack multidict multiprocess mypy-extensions networkx nodeenv numpy oauthlib openai openpyxl opentelemetry-api
  opentelemetry-exporter-otlp opentelemetry-exporter-otlp-proto-common opentelemetry-exporter-otlp-proto-grpc
  opentelemetry-exporter-otlp-proto-http opentelemetry-instrumentation opentelemetry-instrumentation-requests
  opentelemetry-proto opentelemetry-sdk opentelemetry-semantic-conventions opentelemetry-util-http orjson
  packaging pandas paramiko parso pathspec pexpect pillow platformdirs pluggy poetry-core pre-commit
  prometheus-client prompt-toolkit propcache proto-plus protobuf psutil psycopg2-binary ptyprocess pure-eval
  pyarrow pyasn1 pyasn1-modules pycparser pycryptodome pydantic pydantic-ai-slim pydantic-core pydantic-graph
  pydantic-settings pygments pyjwt pynacl pyopenssl pyparsing pyproject-hooks pytest pytest-asyncio pytest-cov
  pytest-json-ctrf pytest-xdist python-dateutil python-discovery python-dotenv python-multipart pyyaml rapidfuzz
  redis referencing regex requests requests-oauthlib requests-toolbelt rpds-py ruamel-yaml s3transfer scikit-learn
  scipy secretstorage selenium sentry-sdk setuptools setuptools-scm sglang shellingham smmap sniffio
  snowflake-connector-python sortedcontainers soupsieve sqlalchemy sqlparse sse-starlette stack-data starlette
  sympy tabulate tenacity tensorflow textual threadpoolctl tiktoken tokenizers tomli tomlkit traitlets
  transformers trove-classifiers typer types-requests typing-extensions typing-inspection tzdata tzlocal
  uritemplate urllib3 uvicorn uvloop virtualenv watchfiles wcwidth weaviate-client websocket-client websockets
  werkzeug wheel wrapt xxhash zstandard
  `
    .trim()
    .split(/\s+/),
)

/** One letter away from a popular name, and widely used. */
export const NEIGHBOURS_PYTHON: ReadonlySet<string> = new Set(
  `
  aiofile attr beautifulsoup boto bpython cattrs cchardet crick ctransformers cwcwidth dataset datazets djongo
  dydantic fastai git-python gitdb2 google-oauth grequests gsutil httpr hyper identity ipytest isolate jiwer
  jsonpath mocker myjwt openapi panda parse parsl parsy psycopg-binary pyaml pyasn pycryptodomex pymantic
  pytest-csv pyyml retworkx scapy scipp scrypt simpy slack smmap2 spython tombi toml unicorn uri-template vbuild
  vyper websocket willow xoto3
  `
    .trim()
    .split(/\s+/),
)

/** Without scoped names, but for a few. */
export const POPULAR_NPM: ReadonlySet<string> = new Set(
  `
  @modelcontextprotocol/sdk accepts acorn agent-base ansi-escapes ansi-regex ansi-styles anymatch argparse
  aria-query async asynckit axios balanced-match base64-js baseline-browser-mapping bcrypt body-parser
  brace-expansion braces browserslist buffer bytes call-bind call-bind-apply-helpers call-bound callsites
  camelcase caniuse-lite chalk chokidar chownr ci-info cli-cursor cliui color-convert color-name colors
  combined-stream commander concat-map content-disposition convert-source-map cookie cookie-signature core-util-is
  cosmiconfig cross-env cross-spawn csstype debug delayed-stream detect-libc discord.js doctrine dotenv
  dunder-proto eastasianwidth electron-to-chromium emoji-regex encodeurl entities es-define-property es-errors
  es-object-atoms es-set-tostringtag esbuild escalade escape-string-regexp eslint eslint-scope eslint-visitor-keys
  espree esprima esquery esrecurse estraverse estree-walker esutils ethers eventemitter3 execa express
  fast-deep-equal fast-glob fast-json-stable-stringify fast-levenshtein fastmcp fastq file-entry-cache fill-range
  finalhandler find-up flat-cache flatted follow-redirects foreground-child form-data fs-extra function-bind
  gensync get-caller-file get-intrinsic get-proto get-stream glob-parent globals globby graceful-fs has-flag
  has-symbols has-tostringtag hasown hosted-git-info http-errors http-proxy-agent https-proxy-agent human-signals
  iconv-lite ieee754 ignore import-fresh imurmurhash inherits ipaddr.js is-arrayish is-core-module is-docker
  is-extglob is-fullwidth-code-point is-glob is-number is-plain-obj is-stream is-wsl isarray isexe
  istanbul-lib-instrument jackspeak jest-util jest-worker js-tokens js-yaml jsesc json-parse-even-better-errors
  json-schema-traverse json5 jsonfile kind-of lightningcss-linux-x64-musl lines-and-columns locate-path lodash
  lru-cache magic-string make-dir math-intrinsics media-typer merge-stream micromatch mime-db mime-types mimic-fn
  minimatch minimist minipass mkdirp moment mongoose nanoid negotiator node-fetch node-releases nodemailer
  normalize-path npm-run-path object-assign object-inspect on-finished onetime openai optionator p-limit p-locate
  parent-module parse-json parse5 path-exists path-key path-parse path-scurry path-to-regexp path-type picocolors
  picomatch pkg-dir playwright postcss postcss-selector-parser prelude-ls prettier pretty-format punycode
  puppeteer range-parser raw-body react react-dom react-is readable-stream readdirp request require-directory
  require-from-string resolve resolve-from restore-cursor reusify rimraf rollup run-parallel safe-buffer
  safer-buffer scheduler schema-utils semver serve-static setprototypeof shebang-command shebang-regex
  side-channel side-channel-list side-channel-map side-channel-weakmap signal-exit slash slice-ansi source-map
  source-map-js source-map-support sprintf-js statuses string-width string_decoder strip-ansi strip-bom
  strip-final-newline strip-json-comments supports-color supports-preserve-symlinks-flag telecom-mas-agent
  to-regex-range tough-cookie tslib type-check type-fest type-is typescript undici-types universalify
  update-browserslist-db uri-js util-deprecate webidl-conversions whatwg-url which which-typed-array wrap-ansi
  wrappy write-file-atomic yallist yargs yargs-parser yocto-queue
  `
    .trim()
    .split(/\s+/),
)

/** One letter away from a popular name, and widely used. */
export const NEIGHBOURS_NPM: ReadonlySet<string> = new Set(
  `
  accept ansistyles args args-parser as-number astq axiom bcrypto body-parse brace brakes browserlist buffers byte
  callsite camel-case clui color color-namer colord combined-stream2 cookies crypt dargs dbug dot-env eclint eslit
  esplint esprimaq eventemitter2 exec expres findup flatten form-data2 formdata gaxios getstream gglobby global
  has-own httperrors inherit is-array is-blob isnumber isstream it-glob jslint json json3 json8 jsona jsonc jsonp
  kindof loadash loadsh lrucache media-type mime-type mkdir mkdir-p mkdirp2 murmurhash one-time openapi pargs
  parse parsejson path-parser preact prettierx pretty-format2 punycode2 react-if react-vis readdir requests
  reqwest resolver rsolve rsync schedule scrypt semiver server set-proto slash2 source-map-cjs synckit ts-lib
  tslab tslint tsutils ttypescript typecheck urijs vargs vasync wargs xbytes
  `
    .trim()
    .split(/\s+/),
)
