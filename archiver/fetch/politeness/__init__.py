"""How gently hosts are asked: delays, robots.txt, hosts that asked to be left alone, hours and budgets of a site."""
