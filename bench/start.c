// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// A program that does nothing: built with libiopriority and without, for what loading it takes.
int main(void) {
    return 0;
}
