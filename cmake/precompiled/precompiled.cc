// CMake makes a precompiled header as part of a target that has a source; a program needs this one.
int main() {}
