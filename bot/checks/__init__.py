"""One file per question about a plan. Each is pure, names the template's lines that it answers in LINES, and
says which rule gave the answer. Two go outside: practice asks squawk, a program, and source reads files."""
