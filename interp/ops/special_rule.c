/* SPDX-License-Identifier: MIT
 * Gauss and Legendre's rule of 30 points: roots of the Legendre polynomial of that
 * degree (DLMF 3.5.17).
 */
#include "ops/special_rule.h"

const RulePoint rule[RULE_HALF] = {{0.99689348407464954, 0.00796819249616660562},
                                   {0.98366812327974721, 0.0184664683110909591},
                                   {0.960021864968307512, 0.0287847078833233693},
                                   {0.926200047429274326, 0.0387991925696270496},
                                   {0.882560535792052682, 0.0484026728305940529},
                                   {0.829565762382768397, 0.0574931562176190665},
                                   {0.767777432104826195, 0.0659742298821804951},
                                   {0.697850494793315797, 0.0737559747377052063},
                                   {0.620526182989242861, 0.0807558952294202154},
                                   {0.536624148142019899, 0.0868997872010829798},
                                   {0.447033769538089177, 0.0921225222377861287},
                                   {0.352704725530878113, 0.0963687371746442596},
                                   {0.254636926167889846, 0.0995934205867952671},
                                   {0.153869913608583547, 0.101762389748405505},
                                   {0.0514718425553176958, 0.10285265289355884}};

double rule_integral(double (*f)(const void *, double), const void *context,
                     double width)
{
    double half = width / 2, sum = 0;
    for (int k = 0; k < RULE_HALF; k++) {
        double apart = half * rule[k].node;
        sum += rule[k].weight * (f(context, half - apart) + f(context, half + apart));
    }
    return sum * half;
}
