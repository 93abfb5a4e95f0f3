// Its presence lets functions be declared here whose bodies lie in other packages.
