"""One file per question about a plan. Each is pure, names in LINES the lines of the template that it answers
(where the line's `via` names the file), and says which rule gave the answer. Two go outside: practice asks
squawk, a program, and source reads files."""
