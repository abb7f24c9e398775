/** Commands by what they do. */
export const INTERPRETER =
  /^(?:.*\/)?(?:ba|da|z|k|a|fi)?sh$|^(?:.*\/)?(?:python|node|perl|ruby|php|deno|bun)[0-9.]*$/
export const SHELL = /^(?:.*\/)?(?:ba|da|z|k|a)?sh$/
export const DECODERS = /^(?:base64|base32|xxd|uudecode|openssl|gunzip|zcat|bunzip2|xz|rev|gpg)$/
export const WRAPPERS =
  /^(?:sudo|nohup|exec|command|env|time|nice|timeout|setsid|xargs|busybox|doas|stdbuf|builtin)$/
export const SENDERS =
  /^(?:curl|wget|fetch|http|https|aria2c|nc|ncat|netcat|socat|telnet|ssh|scp|rsync|ftp|tftp|nslookup|dig|host|sendmail|mail|rclone|gsutil|s3cmd|croc)$/
export const MACHINE = /^(?:hostname|whoami|id|uname|ifconfig|ip|arp|lsb_release|dmidecode|w|who|last|ps)$/
