/** Places on a machine that mean something whatever the program: matched on text that may have holes in it. */

/** Holds credentials: nobody else's program has business there. */
export const CREDENTIAL_PATH =
  /(?:^|[~/\\\uFFFC])(?:\.ssh[/\\](?:id_[\w*]+|\uFFFC|\*|config|identity)|\.ssh[/\\]?$|\.aws[/\\](?:credentials|config)?|\.(?:bash|zsh|fish|python|node_repl|mysql|psql|rediscli)_history|\.netrc|\.pypirc|\.npmrc$|\.git-credentials|\.docker[/\\]config\.json|\.kube[/\\]config|\.config[/\\]gcloud|\.azure[/\\]|\.gnupg|\.config[/\\]gh[/\\]hosts\.yml|\.vault-token|\.electrum|\.bitcoin[/\\]|wallet\.dat|\.ethereum[/\\]keystore|\.config[/\\]solana[/\\]id\.json|Exodus[/\\]exodus\.wallet|\.cursor[/\\]mcp\.json|claude_desktop_config\.json|\.config[/\\](?:google-chrome|chromium|BraveSoftware)|Library[/\\]Application Support[/\\]Google[/\\]Chrome|Login Data$|Local State$|logins\.json$|key4\.db$|cookies\.sqlite$|Local Extension Settings|Library[/\\]Keychains|etc[/\\]shadow|\.mozilla[/\\]firefox)/i
/** Programs that print what a keychain keeps. */
export const CREDENTIAL_COMMAND =
  /^\s*(?:\/usr\/bin\/)?(?:security\s+(?:dump-keychain|find-(?:generic|internet)-password)|cmdkey\s+\/list|secret-tool\s+search|mimikatz)/
/** Files that run at login, at boot, or let somebody in. */
export const PERSISTENCE_PATH =
  /(?:\.bashrc|\.bash_profile|\.zshrc|\.zprofile|\.profile|\.bash_login|\.config[/\\]fish[/\\]config\.fish|[/\\]etc[/\\](?:profile|cron[\w.]*|rc\.local|init\.d|systemd[/\\]system|ld\.so\.preload|sudoers\S*)|var[/\\]spool[/\\]cron|\.config[/\\](?:systemd[/\\]user|autostart)|LaunchAgents|LaunchDaemons|Start Menu[/\\]Programs[/\\]Startup|(?:^|[/\\\uFFFC])(?:sitecustomize|usercustomize)\.py$|[/\\]hooks[/\\](?:(?:pre|post)-[a-z]+|prepare-commit-msg|commit-msg|update)$|\.git[/\\](?:hooks[/\\]|config$)|\.gitconfig$|\.pip[/\\]pip\.conf|(?:^|[/\\])pip\.conf$|\.npmrc$|[/\\](?:site|dist)-packages[/\\][^/\\]*\.pth$|claude_desktop_config\.json|\.cursor[/\\](?:mcp\.json|rules)|\.cursorrules$|\.vscode[/\\]tasks\.json|\.claude[/\\](?:settings|CLAUDE)|(?:^|[/\\])CLAUDE\.md$)/i
export const KEY_LIST_PATH = /\.ssh[/\\]authorized_keys/
/** Traces by which a program learns that it is watched, or doors out of a container. */
export const PROBE_PATH =
  /(?:^|\uFFFC)\/(?:\.dockerenv|run\/\.containerenv|proc\/(?:self|1|\uFFFC|\d+)\/(?:cgroup|mountinfo|mounts|maps|mem|environ|root|status|ns|exe)|proc\/(?:kcore|sysrq-trigger|sys\/kernel)|sys\/class\/dmi|sys\/hypervisor|sys\/fs\/cgroup\/\S*release_agent|sys\/kernel\/(?:security|debug)|var\/run\/docker\.sock|run\/docker\.sock|run\/containerd|var\/run\/secrets\/kubernetes|dev\/(?:mem|kmem|kvm|sd[a-z]\d*|nvme\w*)$)/
export const METADATA_ADDRESS =
  /\b169\.254\.169\.254\b|\b169\.254\.170\.2\b|metadata\.google\.internal|\[fd00:ec2::254\]|\b100\.100\.100\.200\b/
/** Where anything may be left without an account of one's own. */
export const DROP_HOST =
  /(?:webhook\.site|requestbin|\bpipedream\.net|interact\.sh|\boast\.(?:pro|live|site|online|fun|me)|burpcollaborator|canarytokens|\btransfer\.sh|\bngrok(?:-free)?\.(?:io|app|dev)|trycloudflare\.com|serveo\.net|\bfile\.io|\b0x0\.st|termbin\.com|dnslog\.|requestcatcher|beeceptor\.com|hookb\.in|ix\.io|gofile\.io|anonfiles|discord(?:app)?\.com\/api\/webhooks|api\.telegram\.org\/bot|pastebin\.com\/(?:raw|api)|hastebin|\.onion\b)/i
export const MINER =
  /stratum\+(?:tcp|ssl|tls):\/\/|\bxmrig\b|\bminerd\b|\bcpuminer\b|\bethminer\b|\bnbminer\b|\bcoinhive\b|cryptonight|randomx.*pool|\b(?:pool\.)?(?:minexmr|supportxmr|nanopool|moneroocean|hashvault|2miners|f2pool|ethermine)\b|--donate-level/i
