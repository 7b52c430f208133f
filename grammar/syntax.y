/* SPDX-License-Identifier: MIT
 * The syntax, for Lemon: every action is one call that builds syntax (front/ast.c). END is a
 * newline that ends a statement, or `;`. `{` comes as BLOCK_OPEN or RECORD_OPEN, decided by
 * what stands before it (front/token.c). No conflicts, and it shall stay so.
 */
%name Syntax
%token_prefix TOKEN_
%token_type {Token}
%default_type {Ast *}
%extra_argument {Parse *p}
%start_symbol program
%stack_size 400
%include {
#include "front/front_int.h"
}
%syntax_error   { parse_unexpected(p, yypParser, yymajor, TOKEN); }
%stack_overflow { parse_too_deep(p); }

%fallback NAME AS ATTACK CHECK DERIVATIVE DIST EXTERN FLOW GUIDE IMPORT LAYER LIKELIHOOD
               MODEL NET NEXT ON OPTIMIZER PARAM PRIOR STATE.

/* From loose to tight. */
%nonassoc LOOSEST.
%left PIPE.
%left OR.
%left AND.
%right NOT.
%nonassoc EQ NE LT LE GT GE IN.
%nonassoc RANGE.
%left COMPOSE.
%left PLUS MINUS.
%left STAR SLASH PERCENT AT.
%right NEGATIVE.
%right CARET.

/* These the lexer knows and no rule takes. */
%token UNKNOWN BLANK NEWLINE COMMENT QUOTE OTHER OTHER_STRING BAD_NUMBER BAD_STRING.

program ::= START statements(L).                      { parse_finish(p, L); }

/* Statements. After an error what is passed over ends with WRONG or a block, which is read
 * (front/parse.c); START keeps the stack from being empty when Lemon recovers. */

%type statements {AstList *}
statements(L) ::= statement(S).                 { L = list_add(p, NULL, S); }
statements(L) ::= statements(M) END statement(S). { L = list_add(p, M, S); }
statements(L) ::= statements(M) wrong.          { L = M; }
wrong ::= error WRONG.
wrong ::= error block.
wrong ::= error block ELSE block.
wrong ::= error block ELSE if_statement.
block(B) ::= BLOCK_OPEN(O) statements(L) BLOCK_CLOSE(C). { B = ast_block(p, O, L, C); }

statement(S) ::= .                              { S = NULL; }
statement(S) ::= wrong.                         { S = NULL; }
statement(S) ::= if_statement(I).               { S = I; }
statement(S) ::= expr(E).                       { S = ast_statement(p, E); }
statement(S) ::= expr(T) ASSIGN expr(E).        { S = ast_assign(p, T, E); }
statement(S) ::= expr(T) block(B).              { S = ast_member(p, T, B); }
statement(S) ::= expr(T) COMMA targets(L) ASSIGN expr(E). { S = ast_unpack(p, T, L, E); }
statement(S) ::= FOR(K) NAME(N) IN expr(E) block(B). { S = ast_for(p, K, N, E, B); }
statement(S) ::= WHILE(K) expr(E) block(B).     { S = ast_keyword(p, AST_WHILE, K, E, B); }
statement(S) ::= BREAK(K).                      { S = ast_keyword(p, AST_BREAK, K, NULL, NULL); }
statement(S) ::= CONTINUE(K).                   { S = ast_keyword(p, AST_CONTINUE, K, NULL, NULL); }
statement(S) ::= RETURN(K).                     { S = ast_keyword(p, AST_RETURN, K, NULL, NULL); }
statement(S) ::= RETURN(K) expr(E).             { S = ast_keyword(p, AST_RETURN, K, E, NULL); }
statement(S) ::= FN(K) NAME(N) parameters(P) result(R) body(B). { S = ast_fn_def(p, K, N, P, R, B); }
statement(S) ::= IMPORT(K) STRING(T) AS NAME(N). { S = ast_import(p, K, T, N); }
statement(S) ::= CHECK(K) STRING(T) block(B).   { S = ast_check(p, K, T, B); }

if_statement(S) ::= IF(K) expr(C) block(T).     { S = ast_if(p, AST_IF_STATEMENT, K, C, T, NULL); }
if_statement(S) ::= IF(K) expr(C) block(T) ELSE block(E). { S = ast_if(p, AST_IF_STATEMENT, K, C, T, E); }
if_statement(S) ::= IF(K) expr(C) block(T) ELSE if_statement(E). { S = ast_if(p, AST_IF_STATEMENT, K, C, T, E); }

%type targets {AstList *}
targets(L) ::= expr(E).                         { L = list_add(p, NULL, E); }
targets(L) ::= targets(M) COMMA expr(E).        { L = list_add(p, M, E); }

/* Functions and their parameters */

body(B) ::= ASSIGN expr(E). [LOOSEST]           { B = E; }
body(B) ::= block(K).                           { B = K; }
result(T) ::= .                                 { T = NULL; }
result(T) ::= ARROW type(R).                    { T = R; }

%type parameters {AstList *}
%type parameter_list {AstList *}
parameters(L) ::= LPAREN RPAREN.                { L = NULL; }
parameters(L) ::= LPAREN parameter_list(M) trailing RPAREN. { L = M; }
parameter_list(L) ::= parameter(P).             { L = list_add(p, NULL, P); }
parameter_list(L) ::= parameter_list(M) COMMA parameter(P). { L = list_add(p, M, P); }
parameter(P) ::= NAME(N) annotation(T) default(D). { P = ast_named(p, AST_PARAM, N, N, T, D); }
annotation(T) ::= .                             { T = NULL; }
annotation(T) ::= COLON type(R).                { T = R; }
default(D) ::= .                                { D = NULL; }
default(D) ::= ASSIGN expr(E).                  { D = E; }
trailing ::= .
trailing ::= COMMA.

type(T) ::= NAME(N).                            { T = ast_type(p, N, NULL, N); }
type(T) ::= FN(N).                              { T = ast_type(p, N, NULL, N); }
type(T) ::= NAME(N) LBRACKET dims(L) trailing RBRACKET(C). { T = ast_type(p, N, L, C); }
%type dims {AstList *}
dims(L) ::= dim(D).                             { L = list_add(p, NULL, D); }
dims(L) ::= dims(M) COMMA dim(D).               { L = list_add(p, M, D); }
dim(D) ::= expr(E).                             { D = E; }
dim(D) ::= RANGE(T).                            { D = ast_leaf(p, AST_ELLIPSIS, T); }

/* Definitions */

statement(S) ::= MODEL(K) NAME(N) parameters(P) block(B). { S = ast_model(p, K, N, P, B); }
statement(S) ::= DIST(K) header(H).             { S = ast_definition(p, K, DEF_DIST, H); }
statement(S) ::= LAYER(K) header(H).            { S = ast_definition(p, K, DEF_LAYER, H); }
statement(S) ::= FLOW(K) header(H).             { S = ast_definition(p, K, DEF_FLOW, H); }
statement(S) ::= OPTIMIZER(K) header(H).        { S = ast_definition(p, K, DEF_OPTIMIZER, H); }
statement(S) ::= ATTACK(K) header(H).           { S = ast_definition(p, K, DEF_ATTACK, H); }
statement(S) ::= GUIDE(K) header(H).            { S = ast_definition(p, K, DEF_GUIDE, H); }
header(D) ::= NAME(N) parameters(P) on(O) block(B). { D = ast_header(p, N, P, O, B); }
on(O) ::= .                                     { O = NULL; }
on(O) ::= ON(K) type(T).                        { O = ast_on(p, K, NULL, T); }
on(O) ::= ON(K) NAME(N) COLON type(T).          { O = ast_on(p, K, &N, T); }

statement(S) ::= PARAM(K) NAME(N) COLON type(T) default(D). { S = ast_named(p, AST_PARAM_DECL, K, N, T, D); }
statement(S) ::= STATE(K) NAME(N) annotation(T) ASSIGN expr(E). { S = ast_named(p, AST_STATE, K, N, T, E); }
statement(S) ::= NET(K) NAME(N) ASSIGN expr(E). { S = ast_named(p, AST_NET, K, N, E, NULL); }
statement(S) ::= FLOW(K) NAME(N) ASSIGN expr(E). { S = ast_named(p, AST_FLOW, K, N, E, NULL); }
statement(S) ::= NEXT(K) NAME(N) ASSIGN expr(E). { S = ast_named(p, AST_NEXT, K, N, E, NULL); }
statement(S) ::= PRIOR(K) postfix(X) annotation(T) TILDE expr(E). { S = ast_stochastic(p, AST_PRIOR, K, X, T, E); }
statement(S) ::= LIKELIHOOD(K) postfix(X) annotation(T) TILDE expr(E). { S = ast_stochastic(p, AST_LIKELIHOOD, K, X, T, E); }

statement(S) ::= EXTERN(K) STRING(T) BLOCK_OPEN foreigns(L) BLOCK_CLOSE(C). { S = ast_extern(p, K, T, L, C); }
%type foreigns {AstList *}
foreigns(L) ::= foreign(F).                     { L = list_add(p, NULL, F); }
foreigns(L) ::= foreigns(M) END foreign(F).     { L = list_add(p, M, F); }
foreign(F) ::= .                                { F = NULL; }
foreign(F) ::= wrong.                           { F = NULL; }
foreigns(L) ::= foreigns(M) wrong.              { L = M; }
foreign(F) ::= FN(K) NAME(N) parameters(P) ARROW type(T) derivative(D). { F = ast_foreign(p, K, N, P, T, D); }
derivative(D) ::= .                             { D = NULL; }
derivative(D) ::= DERIVATIVE expr(E).           { D = E; }

/* Expressions */

expr(E) ::= postfix(X).                         { E = X; }
expr(E) ::= expr(A) PIPE expr(B).               { E = ast_pipe(p, A, B); }
expr(E) ::= expr(A) OR(T) expr(B).              { E = ast_binary(p, OP_OR, A, T, B); }
expr(E) ::= expr(A) AND(T) expr(B).             { E = ast_binary(p, OP_AND, A, T, B); }
expr(E) ::= expr(A) EQ(T) expr(B).              { E = ast_binary(p, OP_EQ, A, T, B); }
expr(E) ::= expr(A) NE(T) expr(B).              { E = ast_binary(p, OP_NE, A, T, B); }
expr(E) ::= expr(A) LT(T) expr(B).              { E = ast_binary(p, OP_LT, A, T, B); }
expr(E) ::= expr(A) LE(T) expr(B).              { E = ast_binary(p, OP_LE, A, T, B); }
expr(E) ::= expr(A) GT(T) expr(B).              { E = ast_binary(p, OP_GT, A, T, B); }
expr(E) ::= expr(A) GE(T) expr(B).              { E = ast_binary(p, OP_GE, A, T, B); }
expr(E) ::= expr(A) IN(T) expr(B).              { E = ast_binary(p, OP_IN, A, T, B); }
expr(E) ::= expr(A) RANGE(T) expr(B).           { E = ast_binary(p, OP_RANGE, A, T, B); }
expr(E) ::= expr(A) COMPOSE(T) expr(B).         { E = ast_binary(p, OP_COMPOSE, A, T, B); }
expr(E) ::= expr(A) PLUS(T) expr(B).            { E = ast_binary(p, OP_ADD, A, T, B); }
expr(E) ::= expr(A) MINUS(T) expr(B).           { E = ast_binary(p, OP_SUB, A, T, B); }
expr(E) ::= expr(A) STAR(T) expr(B).            { E = ast_binary(p, OP_MUL, A, T, B); }
expr(E) ::= expr(A) SLASH(T) expr(B).           { E = ast_binary(p, OP_DIV, A, T, B); }
expr(E) ::= expr(A) PERCENT(T) expr(B).         { E = ast_binary(p, OP_MOD, A, T, B); }
expr(E) ::= expr(A) AT(T) expr(B).              { E = ast_binary(p, OP_MATMUL, A, T, B); }
expr(E) ::= expr(A) CARET(T) expr(B).           { E = ast_binary(p, OP_POW, A, T, B); }
expr(E) ::= NOT(T) expr(A).                     { E = ast_unary(p, OP_NOT, T, A); }
expr(E) ::= MINUS(T) expr(A). [NEGATIVE]        { E = ast_unary(p, OP_NEG, T, A); }
expr(E) ::= IF(K) expr(C) THEN expr(T) ELSE expr(O). [LOOSEST] { E = ast_if(p, AST_IF, K, C, T, O); }
expr(E) ::= FN(K) parameters(P) result(R) body(B). { E = ast_fn(p, K, P, R, B); }

postfix(E) ::= primary(X).                      { E = X; }
postfix(E) ::= postfix(F) LPAREN RPAREN(C).     { E = ast_call(p, F, NULL, C); }
postfix(E) ::= postfix(F) LPAREN args(L) trailing RPAREN(C). { E = ast_call(p, F, L, C); }
postfix(E) ::= postfix(B) LBRACKET items(L) trailing RBRACKET(C). { E = ast_index(p, B, L, C); }
postfix(E) ::= postfix(B) DOT NAME(N).          { E = ast_dot(p, B, N); }

%type args {AstList *}
args(L) ::= arg(A).                             { L = list_add(p, NULL, A); }
args(L) ::= args(M) COMMA arg(A).               { L = list_add(p, M, A); }
arg(A) ::= expr(E).                             { A = ast_arg(p, NULL, E, 0); }
arg(A) ::= NAME(N) ASSIGN expr(E).              { A = ast_arg(p, &N, E, 0); }
arg(A) ::= NAME(N) TILDE expr(E).               { A = ast_arg(p, &N, E, AST_TILDE); }

%type items {AstList *}
items(L) ::= item(I).                           { L = list_add(p, NULL, I); }
items(L) ::= items(M) COMMA item(I).            { L = list_add(p, M, I); }
item(I) ::= expr(E).                            { I = E; }
item(I) ::= RANGE(T).                           { I = ast_leaf(p, AST_ELLIPSIS, T); }
item(I) ::= bound(A) COLON(T) bound(B).         { I = ast_slice(p, A, T, B); }
bound(B) ::= .                                  { B = NULL; }
bound(B) ::= expr(E).                           { B = E; }

primary(E) ::= NAME(T).                         { E = ast_name(p, T); }
primary(E) ::= INT(T).                          { E = ast_number(p, T); }
primary(E) ::= REAL(T).                         { E = ast_number(p, T); }
primary(E) ::= TRUE(T).                         { E = ast_bool(p, T, true); }
primary(E) ::= FALSE(T).                        { E = ast_bool(p, T, false); }
primary(E) ::= HOLE(T).                         { E = ast_leaf(p, AST_HOLE, T); }
primary(E) ::= STRING(T).                       { E = ast_string(p, T); }
primary(E) ::= TEXT_OPEN(O) parts(L) TEXT_CLOSE(C). { E = ast_interpolation(p, O, L, C); }
primary(E) ::= LPAREN(O) expr(X) RPAREN(C).     { E = ast_grouped(p, O, X, C); }
primary(E) ::= LBRACKET(O) RBRACKET(C).         { E = ast_sequence(p, AST_ARRAY, O, NULL, C); }
primary(E) ::= LBRACKET(O) elements(L) trailing RBRACKET(C). { E = ast_sequence(p, AST_ARRAY, O, L, C); }
primary(E) ::= RECORD_OPEN(O) RECORD_CLOSE(C).  { E = ast_sequence(p, AST_RECORD, O, NULL, C); }
primary(E) ::= RECORD_OPEN(O) fields(L) trailing RECORD_CLOSE(C). { E = ast_sequence(p, AST_RECORD, O, L, C); }

%type elements {AstList *}
elements(L) ::= expr(E).                        { L = list_add(p, NULL, E); }
elements(L) ::= elements(M) COMMA expr(E).      { L = list_add(p, M, E); }
%type fields {AstList *}
fields(L) ::= field(F).                         { L = list_add(p, NULL, F); }
fields(L) ::= fields(M) COMMA field(F).         { L = list_add(p, M, F); }
field(F) ::= NAME(N).                           { F = ast_named(p, AST_FIELD, N, N, ast_name(p, N), NULL); }
field(F) ::= NAME(N) ASSIGN expr(E).            { F = ast_named(p, AST_FIELD, N, N, E, NULL); }

%type parts {AstList *}
parts(L) ::= part(P).                           { L = list_add(p, NULL, P); }
parts(L) ::= parts(M) TEXT_MIDDLE(T) part(P).   { L = ast_parts(p, M, T, P); }
part(P) ::= expr(E).                            { P = ast_part(p, E, NULL); }
part(P) ::= expr(E) FORMAT(T).                  { P = ast_part(p, E, &T); }

/* What could stand next: the words of a message (front/advice.c). */
%code {
_Static_assert(YYSTACKDEPTH == LIMIT_PARSE_DEPTH, "%stack_size is LIMIT_PARSE_DEPTH");

const size_t syntax_size = sizeof(yyParser);

/* After recovery the next error is a new one and is told, however near. */
void syntax_forgive(void *parser)
{
    ((yyParser *)parser)->yyerrcnt = -1;
}

/* The states on the parser's stack; the last one is on top. */
void syntax_states(const void *parser, States *s)
{
    const yyParser *y = parser;
    s->top = (int)(y->yytos - y->yystack);
    for (int i = 0; i <= s->top; i++) s->state[i] = y->yystack[i].stateno;
}

/* Would a parser with these states take the token? Plays the reductions on a copy. */
bool syntax_accepts(const States *from, int token)
{
    States s;
    s.top = from->top;
    for (int i = 0; i <= s.top; i++) s.state[i] = from->state[i];
    for (;;) {
        YYACTIONTYPE act = s.state[s.top];
        if (act <= YY_MAX_SHIFT) act = yy_find_shift_action((YYCODETYPE)token, act);
        if (act < YY_MIN_REDUCE) return act <= YY_MAX_SHIFTREDUCE || act == YY_ACCEPT_ACTION;
        int rule = act - YY_MIN_REDUCE;
        s.top += yyRuleInfoNRhs[rule];
        if (s.top >= YYSTACKDEPTH - 1) return false;
        act = yy_find_reduce_action(s.state[s.top], yyRuleInfoLhs[rule]);
        s.state[++s.top] = act;
    }
}
}
