/* SPDX-License-Identifier: MIT
 * The tokens, for re2c: one rule a kind of token, every rule one return. What depends on
 * the brackets around (newlines, `{`, strings with holes) is decided in front/token.c.
 */
#include "front/front_int.h"
#include "syntax.h"

/*!include:re2c "unicode_categories.re" */
/*!re2c
    re2c:define:YYCTYPE     = "unsigned char";
    re2c:define:YYCURSOR    = "l->at";
    re2c:define:YYLIMIT     = "l->limit";
    re2c:define:YYMARKER    = "l->marker";
    re2c:define:YYCTXMARKER = "l->context";
    re2c:yyfill:enable      = 0;
    re2c:eof                = 0;

    blank    = [ \t\r\f\v\u00A0\u200B\uFEFF];
    letter   = L | Nl | "_";
    word     = letter (letter | Mn | Mc | Nd | Pc | [\u2080-\u2089])*;
    follows  = [A-Za-z_] | [\u0080-\U0010FFFF];    // enough to see that a name follows
    operator = ("and" | "or" | "in" | "then" | "else") (blank | [(\n[{]);

    digits   = [0-9] ("_"? [0-9])*;
    exponent = [eE] [+-]? digits;
    real     = digits "." digits exponent? | digits exponent;
    odd      = [0-9] [0-9A-Za-z_]* ("." [0-9A-Za-z_]+)* "."? | "." [0-9] [0-9A-Za-z_]*;

    escape   = "\\u{" [0-9A-Fa-f]+ "}" | "\\" [^\n];
    body     = ([^"\\{\n] | "{{" | escape)*;
    contextual = "attack" | "derivative" | "dist" | "flow" | "guide" | "layer" | "likelihood"
               | "model" | "net" | "next" | "optimizer" | "param" | "prior" | "state";
*/

int lex(Lexer *l)
{
    l->start = l->at;
/*!re2c
    *                   { return TOKEN_UNKNOWN; }
    $                   { return 0; }
    blank+              { return TOKEN_BLANK; }
    "\n"                { return TOKEN_NEWLINE; }
    "#" [^\n]*          { return TOKEN_COMMENT; }

    digits              { return TOKEN_INT; }
    real                { return TOKEN_REAL; }
    digits / ".."       { return TOKEN_INT; }
    real / ".."         { return TOKEN_REAL; }
    odd                 { return TOKEN_BAD_NUMBER; }

    "and"               { return TOKEN_AND; }
    "break"             { return TOKEN_BREAK; }
    "continue"          { return TOKEN_CONTINUE; }
    "else"              { return TOKEN_ELSE; }
    "false"             { return TOKEN_FALSE; }
    "fn"                { return TOKEN_FN; }
    "for"               { return TOKEN_FOR; }
    "if"                { return TOKEN_IF; }
    "in"                { return TOKEN_IN; }
    "not"               { return TOKEN_NOT; }
    "or"                { return TOKEN_OR; }
    "return"            { return TOKEN_RETURN; }
    "then"              { return TOKEN_THEN; }
    "true"              { return TOKEN_TRUE; }
    "while"             { return TOKEN_WHILE; }

    contextual / blank+ operator    { return TOKEN_NAME; }
    "attack"     / blank+ follows   { return TOKEN_ATTACK; }
    "dist"       / blank+ follows   { return TOKEN_DIST; }
    "flow"       / blank+ follows   { return TOKEN_FLOW; }
    "guide"      / blank+ follows   { return TOKEN_GUIDE; }
    "layer"      / blank+ follows   { return TOKEN_LAYER; }
    "likelihood" / blank+ follows   { return TOKEN_LIKELIHOOD; }
    "model"      / blank+ follows   { return TOKEN_MODEL; }
    "net"        / blank+ follows   { return TOKEN_NET; }
    "next"       / blank+ follows   { return TOKEN_NEXT; }
    "optimizer"  / blank+ follows   { return TOKEN_OPTIMIZER; }
    "param"      / blank+ follows   { return TOKEN_PARAM; }
    "prior"      / blank+ follows   { return TOKEN_PRIOR; }
    "state"      / blank+ follows   { return TOKEN_STATE; }
    "check"      / blank* "\""      { return TOKEN_CHECK; }
    "extern"     / blank* "\""      { return TOKEN_EXTERN; }
    "import"     / blank* "\""      { return TOKEN_IMPORT; }
    "as"         / blank+ follows   { return TOKEN_AS; }
    "on"         / blank+ follows   { return TOKEN_ON; }
    "derivative"        { return TOKEN_DERIVATIVE; }
    word                { return TOKEN_NAME; }

    "("                 { return TOKEN_LPAREN; }
    ")"                 { return TOKEN_RPAREN; }
    "["                 { return TOKEN_LBRACKET; }
    "]"                 { return TOKEN_RBRACKET; }
    "{"                 { return TOKEN_BLOCK_OPEN; }
    "}"                 { return TOKEN_BLOCK_CLOSE; }
    ","                 { return TOKEN_COMMA; }
    ":"                 { return TOKEN_COLON; }
    ";"                 { return TOKEN_END; }
    "."                 { return TOKEN_DOT; }
    ".."                { return TOKEN_RANGE; }
    "~"                 { return TOKEN_TILDE; }
    "="                 { return TOKEN_ASSIGN; }
    "->"                { return TOKEN_ARROW; }
    "???"               { return TOKEN_HOLE; }
    "|>"                { return TOKEN_PIPE; }
    "=="                { return TOKEN_EQ; }
    "!="                { return TOKEN_NE; }
    "<"                 { return TOKEN_LT; }
    "<="                { return TOKEN_LE; }
    ">"                 { return TOKEN_GT; }
    ">="                { return TOKEN_GE; }
    ">>"                { return TOKEN_COMPOSE; }
    "+"                 { return TOKEN_PLUS; }
    "-"                 { return TOKEN_MINUS; }
    "*"                 { return TOKEN_STAR; }
    "/"                 { return TOKEN_SLASH; }
    "%"                 { return TOKEN_PERCENT; }
    "@"                 { return TOKEN_AT; }
    "^"                 { return TOKEN_CARET; }

    "\""                { return TOKEN_QUOTE; }
    "'" [^'\n]* "'"     { return TOKEN_OTHER_STRING; }

    // Of other languages: front/advice.c says what they are here.
    "&" | "&&" | "|" | "||" | "!" | "**" | "//" | "..." | "===" | "!==" | "<>" | "=>" | ":="
    | "+=" | "-=" | "*=" | "/=" | "%=" | "^=" | "**=" | "@=" | "&=" | "|=" | "++" | "<<"
    | ".*" | "./" | ".^" | "?" | "::" | "$" | "`" | "\\" | "'" | "%>%" | "%*%" | "%in%" | "%%"
    | "%/%" | "/*"
    | [\u00D7\u00F7\u00B2\u00B3\u00AC\u00B7\u2212\u2013\u2014\u2192\u2190\u2208\u221E]
    | [\u2264\u2265\u2260\u2227\u2228\u2018-\u201F\u22C5\u223C\u2026]
                        { return TOKEN_OTHER; }
*/
}

int lex_string(Lexer *l)
{
    l->start = l->at;
/*!re2c
    *                   { return TOKEN_BAD_STRING; }
    $                   { return TOKEN_BAD_STRING; }
    body "\""           { return TOKEN_STRING; }
    body "{"            { return TOKEN_TEXT_OPEN; }
*/
}

int lex_format(Lexer *l)
{
    l->start = l->at;
/*!re2c
    *                   { return TOKEN_UNKNOWN; }
    $                   { return TOKEN_UNKNOWN; }
    ":" [^}"\n]*        { return TOKEN_FORMAT; }
*/
}
