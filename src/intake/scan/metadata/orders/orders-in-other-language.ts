import { gap, build, type Order } from './words.ts'

export const ordersInOtherLanguage: Order = {
  ruleId: 'metadata.orders_in_other_language',
  severity: 'high',
  confidence: 'medium',
  reason: 'In another language than English, it gives the model orders or keeps something from its user.',
  patterns: [
    // German
    build(
      `\\b(?:sage?|erzahle?|verrate?|erwahne?|informiere?|zeige?|melde)\\b`,
      gap(50),
      `\\b(?:nutzer|benutzer|anwender|niemand(?:em)?|user)(?:n|s|in)?\\b`,
      gap(40),
      `\\b(?:nicht|nie|nichts|niemals)\\b|\\bohne\\b`,
      gap(30),
      `\\b(?:nutzer|benutzer|anwender)\\w* (?:zu |davon )?(?:informier|frag|sag|wiss|erwahn)|\\b(?:sag|verrat|erwahn|informier|erzahl)\\w*\\b`,
      gap(30),
      `\\b(?:nicht|niemals|nie|nichts)\\b`,
      gap(30),
      `\\b(?:nutzer|benutzer|anwender|niemand)`,
    ),
    build(
      `\\b(?:ignorier|missacht|vergiss|uberschreib)\\w*\\b`,
      gap(30),
      `\\b(?:anweisung|regel|vorgabe|befehl|instruktion)`,
    ),
    build(`\\b(?:bevor|vor)\\b`, gap(30), `\\b(?:ander\\w*|jede[mnrs]?) (?:werkzeug|tool|funktion|aufruf)`),
    build(
      `\\b(?:lies|lese|sende|schicke|ubergib|kopiere|fuge)\\b`,
      gap(60),
      `\\b(?:passwort|passworter|schlussel|zugangsdaten|gesprach\\w*|verlauf|systemprompt|umgebungsvariablen|geheimniss?e?)`,
    ),
    // French
    build(
      `\\b(?:ne|sans)\\b`,
      gap(30),
      `\\b(?:dis|dites|dire|mentionne[rz]?|informe[rz]?|revele[rz]?|previen[st]?|prevenir|parle[rz]?|montre[rz]?)\\b`,
      gap(40),
      `\\b(?:utilisateur|personne|client)`,
    ),
    build(
      `\\b(?:ignore[rz]?|oublie[rz]?|contourne[rz]?)\\b`,
      gap(30),
      `\\b(?:instructions?|consignes?|regles?|directives?)`,
    ),
    build(
      `\\bavant\\b`,
      gap(30),
      `\\b(?:tout|toute|chaque|n'importe quel|d'autres?|les autres)(?: autre)?s? (?:outils?|appels?|fonctions?)`,
    ),
    build(
      `\\b(?:lis|lisez|lire|envoie[rz]?|joins|joignez|copie[rz]?|transme\\w+)\\b`,
      gap(60),
      `\\b(?:mots? de passe|cles? (?:privees?|ssh|api)|identifiants|conversation|invite systeme|variables d'environnement|secrets)`,
    ),
    // Spanish, Portuguese, Italian
    build(
      `\\b(?:no|nunca|sin|nao|sem|non|senza|mai|jamas)\\b`,
      gap(30),
      `\\b(?:dig\\w*|menci\\w+|inform\\w+|revel\\w+|avis\\w+|muestr\\w+|mostr\\w+|cont\\w+|dire|dica|menzion\\w+|avvis\\w+)\\b`,
      gap(40),
      `\\b(?:usuari[oa]|utente|utilizador|nadie|ninguem|nessuno|cliente)`,
    ),
    build(
      `\\b(?:ignor[ae]\\w*|olvid\\w+|esquec\\w+|dimentic\\w+)\\b`,
      gap(30),
      `\\b(?:instruccion|instruco|istruzion|regla|regra|regol|directric|orden)`,
    ),
    build(
      `\\b(?:antes|prima)\\b`,
      gap(30),
      `\\b(?:cualquier|qualquer|qualsiasi|cada|ogni|todas?|tutti|otra|outra|altr\\w+)\\b`,
      gap(15),
      `\\b(?:herramienta|ferramenta|strument|funcion|funzion|tool)`,
    ),
    build(
      `\\b(?:lee|lea|leia|leggi|envi\\w+|manda|mande|invia|inclu\\w+|copi[ae]|anexe|adjunt\\w+)\\b`,
      gap(60),
      `\\b(?:contrasena|contrasenas|senha|senhas|password|clave|chave|chiav\\w+|credencia\\w+|credenzial\\w+|conversacion|conversa|conversazione|variables de entorno|variaveis de ambiente|segredos|secretos|\\.env)`,
    ),
    // Russian, Ukrainian
    /(?:не|ні|без)(?: \p{L}+){0,2} (?:говор|сообща|сообщи|упомина|упоминая|рассказыва|показыва|раскрыва|уведомл|кажи|повідомля|згадуй)\p{L}*[^.!]{0,40}(?:пользовател|юзер|человек|никому|користувач)/u,
    /(?:игнорир|забуд|отмен|ігнор)\p{L}*[^.!]{0,40}(?:инструкц|правил|указани|команд|інструкц|вказів)/u,
    /(?:пользовател|користувач)\p{L}*[^.!]{0,20}(?:не|ничего не) (?:долж|знат|узна|вид|повин)/u,
    /(?:прочита|отправ|переда|скопир|приложи|вкрад)\p{L}*[^.!]{0,60}(?:парол|ключ|токен|переписк|разговор|системн\p{L}* промпт|переменн\p{L}* окружени)/u,
    /(?:перед|прежде чем|до)[^.!]{0,40}(?:люб|друг|кажд)\p{L}* инструмент/u,
    // Chinese, Japanese, Korean
    /(?:不要|别|勿|不得|请勿|切勿|不能|無需|无需|不必)[^。！]{0,12}(?:告诉|告知|通知|提及|透露|显示|告訴|提到|让)[^。！]{0,12}(?:用户|用戶|使用者|任何人)?/u,
    /(?:忽略|无视|忘记|無視|忘掉)[^。！]{0,16}(?:指令|指示|规则|提示|說明|说明|要求)/u,
    /(?:在|使用)[^。]{0,10}(?:任何|其他|所有)[^。]{0,6}(?:工具|函数|功能)[^。]{0,6}(?:之前|前|先)/u,
    /(?:读取|发送|上传|讀取|附上|包含|传递|提供)[^。！]{0,24}(?:密码|密钥|私钥|凭证|对话|聊天记录|系统提示|环境变量|令牌)/u,
    /(?:ユーザー|利用者)[^。]{0,12}(?:言わない|知らせない|伝えない|伝えず|知らせず|表示しない|言及しない|教えない|気づかれ|内緒|秘密)/u,
    /(?:指示|命令|ルール|プロンプト)[^。]{0,8}(?:無視|忘れ)/u,
    /(?:他の|すべての|あらゆる)ツール[^。]{0,16}(?:前に|先に)/u,
    /(?:사용자)[^.]{0,16}(?:알리지|말하지|언급하지|보여주지)/u,
    /(?:이전|모든|기존)[^.]{0,8}(?:지시|명령|규칙|지침)[^.]{0,8}(?:무시|잊)/u,
    // Arabic, Turkish, Polish, Dutch
    /(?:لا|بدون|دون)[^.]{0,8}(?:تخبر|تذكر|إخبار|تعلم|تكشف|إعلام)[^.]{0,16}(?:المستخدم|أحد)/u,
    /(?:تجاهل|انس)[^.]{0,24}(?:التعليمات|الأوامر|القواعد)/u,
    build(
      `\\bkullanici\\w*\\b`,
      gap(30),
      `\\b(?:soyleme|bildirme|bahsetme|gosterme)|\\b(?:talimat|kural)\\w*\\b`,
      gap(20),
      `\\b(?:yok ?say|gormezden|unut)`,
    ),
    build(
      `\\b(?:nie|bez)\\b`,
      gap(20),
      `\\b(?:mow|informuj|informowania|wspominaj|ujawniaj|pokazuj)\\w*\\b`,
      gap(30),
      `\\buzytkownik`,
    ),
    build(`\\b(?:zignoruj|ignoruj|zapomnij)\\b`, gap(30), `\\b(?:instrukcj|polecen|zasad)`),
    build(
      `\\b(?:vertel|zeg|meld|noem|informeer)\\b`,
      gap(40),
      `\\bgebruiker\\b`,
      gap(20),
      `\\b(?:niet|nooit|niets)|\\b(?:negeer|vergeet)\\b`,
      gap(30),
      `\\b(?:instructie|regel|opdracht)`,
    ),
  ],
}
