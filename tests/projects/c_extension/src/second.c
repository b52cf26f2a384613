#include <Python.h>

static PyObject *answer(PyObject *self, PyObject *args)
{
    return PyLong_FromLong(answer_of_life);
}

static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, "The answer."}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "second", NULL, -1, methods};

PyMODINIT_FUNC PyInit_second(void)
{
    return PyModule_Create(&module);
}
